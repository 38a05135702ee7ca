import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { Config } from './config.ts'
import type { ProblemCode } from './errors.ts'
import { closeIdleConnections } from './idle-connections.ts'
import { parserErrorCode, withoutPackets } from './parser-errors.ts'
import type { Serve } from './request-path.ts'
import { acceptUpgrades, isWebSocket } from './tunnel.ts'

type Limits = Pick<Config, 'headersTimeoutMs' | 'maxConnections'>

/** Longer than the proxies and load balancers that may stand before it keep their connections: they close first. */
const KEEP_ALIVE_MS = 72_000

/**
 * The server for the tenants' traffic. Fastify opens and closes it; requests go straight to `serve`: every method, every
 * target, no body read, nothing limited but the head. `refuse` gets what is none.
 */
export function buildPublicServer (serve: Serve, refuse: (code: ProblemCode | null, socket: Socket) => void, limits: Limits): FastifyInstance {
  return Fastify({
    logger: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: (err, socket) => { refuse(parserErrorCode(err), socket) },
    serverFactory: () => createPublicServer(serve, refuse, limits)
  })
}

function createPublicServer (serve: Serve, refuse: (code: ProblemCode | null, socket: Socket) => void, { headersTimeoutMs, maxConnections }: Limits): Server {
  const server = createServer({
    // A whole request may take as long as an upload takes; its head may not.
    requestTimeout: 0,
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: Math.min(headersTimeoutMs, 5000),
    // idle-connections.ts does it for all of them at once: a timer for each request costs more.
    keepAliveTimeout: 0,
    maxHeaderSize: 32 * 1024,
    insecureHTTPParser: false,
    // Answered by resolve-route.ts, as every other host that is none.
    requireHostHeader: false,
    noDelay: true,
    // Not in the types yet. A request without a body needs no stream, and only WebSockets are taken from the parser.
    ...{ optimizeEmptyRequests: true, shouldUpgradeCallback: isWebSocket }
  })
  server.maxConnections = maxConnections
  server.on('connection', withoutPackets)
  const plain = (request: IncomingMessage, response: Parameters<Serve>[1]) => { serve(request, response) }
  server.on('request', plain)
  // `Expect` is answered by request-body.ts, or refused by check-message.ts.
  server.on('checkContinue', plain)
  server.on('checkExpectation', plain)
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => { socket.destroy() })
    refuse('method_not_allowed', socket)
  })
  acceptUpgrades(server, serve)
  closeIdleConnections(server, KEEP_ALIVE_MS)
  return server
}
