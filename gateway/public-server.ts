import { METHODS } from 'node:http'
import type { Socket } from 'node:net'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { isWebSocket } from './tunnel.ts'

/**
 * A Fastify server that leaves requests alone: every method, every target, no body read, nothing limited but the head.
 * All requests meet in the one route '/', whatever their path: the path is the tenant's business.
 */
export function buildPublicServer (onUnparsable: (err: NodeJS.ErrnoException, socket: Socket) => void): FastifyInstance {
  const app = Fastify({
    logger: false,
    rewriteUrl: () => '/',
    exposeHeadRoutes: false,
    // While it stops, what still arrives on an open connection is served like the rest, with `Connection: close`.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // A whole request may take as long as an upload takes; its head may not (headersTimeout below).
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    clientErrorHandler: onUnparsable,
    http: {
      headersTimeout: 30_000,
      connectionsCheckingInterval: 5000,
      maxHeaderSize: 32 * 1024,
      insecureHTTPParser: false,
      // Answered by resolve-route.ts, as every other host that is none.
      requireHostHeader: false,
      noDelay: true,
      shouldUpgradeCallback: isWebSocket
    }
  })
  // `hasBody: false` keeps Fastify's body parsing away from all of them. CONNECT is an event of its own, and refused.
  for (const method of METHODS) if (method !== 'CONNECT') app.addHttpMethod(method, { hasBody: false, overrideExisting: true })
  return app
}
