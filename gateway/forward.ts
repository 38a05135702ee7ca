import type { Exchange } from './exchange.ts'
import { Relay } from './relay.ts'
import type { Tunnels } from './tunnel.ts'
import type { ActiveRoute, Upstreams } from './upstreams.ts'

export type Fail = (exchange: Exchange, cause: unknown) => void

/**
 * Passes the request on to the tenant's instance, once: nothing is ever sent twice, whatever becomes of it.
 * Throws tenant_busy and tenant_unavailable; what fails later goes to `fail`.
 */
export function forward (upstreams: Upstreams, tunnels: Tunnels, fail: Fail): (exchange: Exchange) => void {
  return exchange => {
    const routed = exchange as Exchange & { route: ActiveRoute }
    const upstream = upstreams.of(routed.route)
    if (!exchange.upgrade) {
      new Relay(routed, upstream, fail, null).acquire()
      return
    }
    new Relay(routed, upstream, fail, (head, socket, rest) => { tunnels.join(routed, socket, head, rest) }).acquireTunnel()
  }
}
