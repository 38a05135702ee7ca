import type { Logger } from 'pino'
import { AccessLog, endingOf } from './access-log.ts'
import type { LineSink } from './access-log.ts'
import { checkMessage } from './check-message.ts'
import type { Config } from './config.ts'
import { drain } from './drain.ts'
import { failWith } from './error-response.ts'
import type { ProblemCode } from './errors.ts'
import { forward } from './forward.ts'
import { buildAdmin } from './health.ts'
import { Holds } from './holds.ts'
import { limitRequests } from './limit-requests.ts'
import { Metrics } from './metrics.ts'
import { refuse } from './parser-errors.ts'
import { buildPublicServer } from './public-server.ts'
import { RateShares } from './rate-shares.ts'
import { requestPath } from './request-path.ts'
import { resolveRoute } from './resolve-route.ts'
import { openRoutes } from './routes.ts'
import { trustedProxies } from './trusted-proxies.ts'
import { Tunnels } from './tunnel.ts'
import { Upstreams } from './upstreams.ts'

export interface Gateway {
  /** Stops taking connections, lets what is under way end within the drain time-out, then lets go of everything. */
  close: () => Promise<void>
}

/** Opens a gateway; resolves when it takes requests. `lines` takes the access log. Throws when an address it is to listen on is taken. */
export async function startGateway (config: Config, log: Logger, lines: LineSink): Promise<Gateway> {
  const metrics = new Metrics(config.metricsTenants)
  const accessLog = config.accessLog ? new AccessLog(lines, config.accessLogEvery) : null
  const tunnels = new Tunnels(config.websocketGraceMs)
  const upstreams = new Upstreams(config.limits, config.upstream)
  const holds = new Holds(config.hold)
  const rates = new RateShares(config.redis, log)
  const routes = await openRoutes(config, log, (host, before, after) => {
    upstreams.moved(before, after)
    holds.changed(host)
    tunnels.moved(host, after?.state === 'active' ? after.instance : null)
  })
  const fail = failWith(log)
  const refused = (code: ProblemCode) => { metrics.refused(code) }

  const serve = requestPath({
    isTrusted: trustedProxies(config.trustedProxies),
    stages: [
      checkMessage,
      resolveRoute(routes.lookup, holds),
      limitRequests(upstreams, rates),
      forward(upstreams, tunnels, fail)
    ],
    onBegin: () => { metrics.begin() },
    onFail: fail,
    onEnd: exchange => {
      const ending = endingOf(exchange, exchange.response, performance.now())
      metrics.end(exchange, ending)
      accessLog?.write(exchange, exchange.request.method ?? '', ending)
    },
    onRefusal: ({ refusal }, socket) => { refuse(refusal, socket, refused) }
  })
  const app = buildPublicServer(serve, (code, socket) => { refuse(code, socket, refused) }, config)

  let stopping = false
  const admin = buildAdmin(() => ({
    ready: !stopping && (routes.connected || routes.known > 0),
    detail: { stopping, redis: routes.connected ? 'connected' : 'away', refilling: routes.refilling, routes: routes.known }
  }), metrics.registry)
  metrics.observe({
    routesKnown: () => routes.known,
    hostsUnknown: () => routes.unknown,
    routesConnected: () => routes.connected,
    routesRefilling: () => routes.refilling,
    lookups: () => routes.answered,
    upstreams: () => upstreams.size,
    circuitsOpen: () => upstreams.failing,
    tunnels: () => tunnels.size,
    held: () => holds.size
  })

  rates.start()
  await app.listen({ host: config.host, port: config.port })
  await admin.listen({ host: '127.0.0.1', port: config.adminPort })
  log.info({ host: config.host, port: config.port, adminPort: config.adminPort, routes: routes.known }, 'Gateway listens')

  return {
    close: async () => {
      stopping = true
      holds.close()
      const clean = await drain(app, tunnels, config.drainTimeoutMs)
      await routes.close()
      await rates.close()
      upstreams.destroy()
      accessLog?.close()
      await admin.close()
      log.info({ clean }, 'Gateway stopped')
    }
  }
}
