import type { RouteHandlerMethod } from 'fastify'
import { GatewayError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { Relay } from './relay.ts'
import { hasBody } from './request-body.ts'
import { isUpgrade } from './tunnel.ts'
import type { Tunnels } from './tunnel.ts'
import type { ActiveRoute, Upstreams } from './upstreams.ts'

/**
 * Passes the request on to the tenant's instance, once: nothing is ever sent twice, whatever becomes of it.
 * Throws tenant_busy; what fails later becomes an error response in relay.ts.
 */
export function forward (upstreams: Upstreams, tunnels: Tunnels): RouteHandlerMethod {
  return (request, reply) => {
    // The client may have gone while its route was looked up: nobody is left to answer, so nobody is asked.
    if (reply.raw.destroyed) {
      reply.hijack()
      return
    }
    const upstream = upstreams.of((request.exchange as Exchange & { route: ActiveRoute }).route)
    if (!isUpgrade(request.raw)) {
      const relay = new Relay(request, reply, upstream, null)
      upstream.acquire(relay)
      return
    }
    // What follows the head of a handshake belongs to the tunnel; a body would be taken for that by one side only.
    if (hasBody(request.raw)) throw new GatewayError('bad_request')
    const { connection, leave } = upstream.openTunnel()
    reply.raw.once('close', leave)
    const relay = new Relay(request, reply, upstream, (head, socket, rest) => { tunnels.join(reply.raw, socket, head, rest) })
    relay.onConnection(connection)
  }
}
