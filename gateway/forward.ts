import type { RouteHandlerMethod } from 'fastify'
import type { Dispatcher } from 'undici'
import { GatewayError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { requestHeaders } from './forwarded-headers.ts'
import { Relay } from './relay.ts'
import { hasBody, RequestBody } from './request-body.ts'
import { isUpgrade } from './tunnel.ts'
import type { Tunnels } from './tunnel.ts'
import type { ActiveRoute, Upstreams } from './upstreams.ts'

/**
 * Passes the request on to the tenant's instance, once: nothing is ever sent twice, whatever becomes of it.
 * Throws tenant_busy; what fails later becomes an error response in relay.ts.
 */
export function forward (upstreams: Upstreams, tunnels: Tunnels): RouteHandlerMethod {
  return (request, reply) => {
    const { raw } = request
    // The client may have gone while its route was looked up: nobody is left to answer, so nobody is asked.
    if (reply.raw.destroyed) {
      reply.hijack()
      return
    }
    const exchange = request.exchange as Exchange & { route: ActiveRoute }
    const body = hasBody(raw)
    const upgrade = isUpgrade(raw)
    // What follows the head of a handshake belongs to the tunnel; a body would be taken for that by one side only.
    if (upgrade && body) throw new GatewayError('bad_request')

    const place = upstreams.enter(exchange.route, upgrade ? 'tunnels' : 'requests')
    const relay = new Relay(request, reply, place, (status, head, socket) => {
      tunnels.join(reply.raw, socket, status, head, place.leave)
    })
    place.pool.dispatch({
      method: raw.method as Dispatcher.HttpMethod,
      path: exchange.path,
      headers: requestHeaders(raw.rawHeaders, raw.headers, exchange),
      body: body ? new RequestBody(raw, reply.raw) : null,
      upgrade: upgrade ? 'websocket' : null,
      // undici would close the connection after each HEAD, in case a body follows; llhttp knows that none does.
      reset: raw.method === 'HEAD' ? false : undefined
    }, relay)
  }
}
