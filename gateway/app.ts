import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { AccessLog, endingOf } from './access-log.ts'
import type { LineSink } from './access-log.ts'
import { checkMessage } from './check-message.ts'
import type { Config } from './config.ts'
import { drain } from './drain.ts'
import { failWith } from './error-response.ts'
import { forward } from './forward.ts'
import { ErrorPages } from './error-pages.ts'
import type { Readiness } from './health.ts'
import { Holds } from './holds.ts'
import { limitRequests } from './limit-requests.ts'
import { lingerAtEnd } from './lingering-close.ts'
import { Metrics } from './metrics.ts'
import { refuse } from './parser-errors.ts'
import type { Refusals } from './parser-errors.ts'
import { buildPublicServer } from './public-server.ts'
import { RateShares } from './rate-shares.ts'
import { requestPath } from './request-path.ts'
import { resolveRoute } from './resolve-route.ts'
import { openRoutes } from './routes.ts'
import { Reloads } from './reload.ts'
import { Trust } from './trust.ts'
import { Tunnels } from './tunnel.ts'
import { Upstreams } from './upstreams.ts'
import { Usage } from './usage.ts'

/** What main.ts runs: a gateway by itself, the primary of several workers, or one of them. */
export interface Service {
  /** Reads anew what can change while it runs; nothing is interrupted. */
  reload: () => void
  /** Stops taking connections, lets what is under way end within the drain time-out, then lets go of everything. */
  close: () => Promise<void>
  /** Hands over what is kept back to be written, at once. */
  flush: () => void
  /** Resolves when somebody other than a signal asks it to stop. */
  stopAsked?: Promise<void>
}

/** A gateway that takes requests, and what its admin port has to say. */
export interface Gateway extends Service {
  readonly readiness: () => Readiness
  readonly registry: Registry
}

/**
 * Opens a gateway; resolves when it takes requests. `lines` takes the access log. Of several on one snapshot one `keepsSnapshot`.
 * Throws when an address it is to listen on is taken, or the trusted proxies' file cannot be read.
 */
export async function startGateway (config: Config, log: Logger, lines: LineSink, { keepsSnapshot = true } = {}): Promise<Gateway> {
  const metrics = new Metrics(config.metricsTenants)
  const accessLog = config.accessLog ? new AccessLog(lines, config.accessLogEvery) : null
  const tunnels = new Tunnels(config.websocketGraceMs)
  const upstreams = new Upstreams(config.limits, config.upstream)
  const holds = new Holds(config.hold)
  const rates = new RateShares(config.redis, log)
  const usage = new Usage(config.redis, log)
  const trust = new Trust(config.trustedProxies, config.trustedProxiesFile)
  const pages = new ErrorPages(config.errorPagesDir, log)
  const reloads = new Reloads([trust, pages], log)
  await reloads.start()
  const routes = await openRoutes(config, log, keepsSnapshot, (host, before, after) => {
    upstreams.moved(before, after)
    holds.changed(host)
    tunnels.moved(host, after?.state === 'active' ? after.instance : null)
  })
  const fail = failWith(log, (code, page) => pages.render(code, page))
  const refusals: Refusals = {
    onBroken: (exchange, cause) => {
      exchange.onClientGone?.()
      lingerAtEnd(exchange.request.socket)
      fail(exchange, cause)
    },
    onRefused: what => {
      metrics.refused(what.code)
      accessLog?.refused(what)
    }
  }

  const serve = requestPath({
    trust,
    stages: [
      checkMessage,
      resolveRoute(routes.lookup, holds),
      limitRequests(upstreams, rates),
      forward(upstreams, tunnels, fail)
    ],
    onBegin: () => { metrics.begin() },
    onFail: fail,
    onBroken: refusals.onBroken,
    onEnd: exchange => {
      const ending = endingOf(exchange, exchange.response, performance.now())
      metrics.end(exchange, ending)
      if (exchange.route !== null) usage.counts.end(exchange.route, exchange, ending)
      accessLog?.write(exchange, exchange.request.method ?? '', ending)
    },
    onRefusal: ({ refusal }, socket) => { refuse(refusal, socket, refusals) }
  })
  const app = buildPublicServer(serve, (code, socket) => { refuse(code, socket, refusals) }, config)

  let stopping = false
  metrics.observe({
    routesKnown: () => routes.known,
    hostsUnknown: () => routes.unknown,
    routesConnected: () => routes.connected,
    routesRefilling: () => routes.refilling,
    lookups: () => routes.answered,
    upstreams: () => upstreams.size,
    circuitsOpen: () => upstreams.failing,
    tunnels: () => tunnels.size,
    held: () => holds.size,
    usage: () => usage.totals
  })

  rates.start()
  usage.start()
  await app.listen({ host: config.host, port: config.port })
  log.info({ host: config.host, port: config.port, routes: routes.known }, 'Gateway listens')

  return {
    registry: metrics.registry,
    readiness: () => ({
      ready: !stopping && (routes.connected || routes.known > 0),
      detail: { stopping, redis: routes.connected ? 'connected' : 'away', refilling: routes.refilling, routes: routes.known }
    }),
    reload: () => { reloads.all() },
    flush: () => { accessLog?.flush() },
    close: async () => {
      stopping = true
      holds.close()
      const clean = await drain(app, tunnels, config.drainTimeoutMs)
      await routes.close()
      await rates.close()
      await usage.close()
      await reloads.close()
      upstreams.destroy()
      accessLog?.close()
      log.info({ clean }, 'Gateway stopped')
    }
  }
}
