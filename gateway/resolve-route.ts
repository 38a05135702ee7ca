import { GatewayError } from './errors.ts'
import { parseHost } from './hostname.ts'
import type { Hostname } from './hostname.ts'
import type { Stage } from './request-path.ts'
import type { Route } from './route-record.ts'
import type { Routes } from './routes.ts'
import type { ActiveRoute } from './upstreams.ts'

/**
 * Host → the tenant's route, in the exchange. Whoever comes after it has an active one.
 * Throws bad_host, unknown_host, tenant_suspended, tenant_starting, and routes_unavailable when it cannot know.
 */
export function resolveRoute (lookup: Routes['lookup']): Stage {
  return exchange => {
    const host = hostnameOf(exchange.host)
    if (host === null) throw new GatewayError('bad_host')
    exchange.hostname = host
    const found = lookup(host)
    if (found instanceof Promise) return found.then(route => { exchange.route = requireActive(route) })
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
