import type { Logger } from 'pino'
import { AccessLog, recordExchanges } from './access-log.ts'
import type { LineSink } from './access-log.ts'
import type { Config } from './config.ts'
import { drain } from './drain.ts'
import { sendError } from './error-response.ts'
import { beginExchanges } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { forward } from './forward.ts'
import { buildAdmin } from './health.ts'
import { Metrics } from './metrics.ts'
import { noteAnswers, refuseUnparsable } from './parser-errors.ts'
import { buildPublicServer } from './public-server.ts'
import { resolveRoute } from './resolve-route.ts'
import { openRoutes } from './routes.ts'
import { trustedProxies } from './trusted-proxies.ts'
import { acceptUpgrades, Tunnels } from './tunnel.ts'
import { Upstreams } from './upstreams.ts'

export interface Gateway {
  /** Stops taking connections, lets what is under way end within the drain time-out, then lets go of everything. */
  close: () => Promise<void>
}

/** Opens a gateway; resolves when it takes requests. `lines` takes the access log. Throws when an address it is to listen on is taken. */
export async function startGateway (config: Config, log: Logger, lines: LineSink): Promise<Gateway> {
  const metrics = new Metrics()
  const accessLog = config.accessLog ? new AccessLog(lines, config.accessLogEvery) : null
  const tunnels = new Tunnels()
  const upstreams = new Upstreams(config.upstream)
  const routes = await openRoutes(config, log, route => { upstreams.retire(route) })

  // The way of a request.
  const app = buildPublicServer((err, socket) => {
    const code = refuseUnparsable(err, socket)
    if (code !== null) metrics.refused(code)
  })
  app.decorateRequest('exchange', null as unknown as Exchange)
  app.addHook('onRequest', beginExchanges(trustedProxies(config.trustedProxies)))
  app.addHook('onRequest', noteAnswers())
  app.addHook('onRequest', recordExchanges(accessLog, metrics))
  app.addHook('onRequest', resolveRoute(routes.lookup))
  app.route({ method: app.supportedMethods, url: '/', handler: forward(upstreams, tunnels) })
  app.setErrorHandler(sendError(log))

  // Requests that Node hands over by another door.
  acceptUpgrades(app.server, app.routing)
  app.server.on('checkContinue', app.routing)

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
    upstreams: () => upstreams.size,
    tunnels: () => tunnels.size
  })

  await app.listen({ host: config.host, port: config.port })
  await admin.listen({ host: '127.0.0.1', port: config.adminPort })
  log.info({ host: config.host, port: config.port, adminPort: config.adminPort, routes: routes.known }, 'Gateway listens')

  return {
    close: async () => {
      stopping = true
      const clean = await drain(app, tunnels, config.drainTimeoutMs)
      await routes.close()
      upstreams.destroy()
      accessLog?.close()
      await admin.close()
      log.info({ clean }, 'Gateway stopped')
    }
  }
}
