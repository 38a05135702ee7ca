import { GatewayError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { Holds } from './holds.ts'
import { parseHost } from './hostname.ts'
import type { Hostname } from './hostname.ts'
import type { Stage } from './request-path.ts'
import type { Route } from './route-record.ts'
import type { Routes } from './routes.ts'
import type { ActiveRoute } from './upstreams.ts'

/**
 * Host → the tenant's route, in the exchange. Whoever comes after it has an active one; while the tenant's instance is being
 * exchanged the request waits here. Throws bad_host, unknown_host, tenant_suspended, tenant_starting, tenant_busy, and
 * routes_unavailable when it cannot know.
 */
export function resolveRoute (lookup: Routes['lookup'], holds: Holds): Stage {
  async function settle (exchange: Exchange, host: Hostname, found: Route | null | Promise<Route | null>): Promise<void> {
    let route = await found
    while (route?.state === 'holding') {
      // It left, or broke, meanwhile: a place among those who wait would be nobody's.
      if (exchange.response.destroyed || exchange.response.writableEnded) return
      await holds.wait(host, route.until, leave => { exchange.onClientGone = leave })
      exchange.onClientGone = null
      route = await lookup(host)
    }
    exchange.route = requireActive(route)
  }

  return exchange => {
    const host = hostnameOf(exchange.host)
    if (host === null) throw new GatewayError('bad_host')
    exchange.hostname = host
    const found = lookup(host)
    if (found instanceof Promise || found?.state === 'holding') return settle(exchange, host, found)
    exchange.route = requireActive(found)
  }
}

/** Host headers as they come, and what they mean: a few thousand are asked for again and again. */
const HOSTNAMES = new Map<string, Hostname | null>()
const MAX_HOSTNAMES = 10_000

function hostnameOf (header: string): Hostname | null {
  const known = HOSTNAMES.get(header)
  if (known !== undefined) return known
  const host = parseHost(header)
  // Emptied when full: whoever asks for made-up hosts gains nothing but a second reading for the others.
  if (HOSTNAMES.size >= MAX_HOSTNAMES) HOSTNAMES.clear()
  if (header.length <= 260) HOSTNAMES.set(header, host)
  return host
}

export function requireActive (route: Route | null): ActiveRoute {
  if (route === null) throw new GatewayError('unknown_host')
  switch (route.state) {
    case 'active': return route
    case 'suspended': throw new GatewayError('tenant_suspended')
    case 'starting':
    case 'holding': throw new GatewayError('tenant_starting')
  }
}
