import type { onRequestHookHandler } from 'fastify'
import { GatewayError } from './errors.ts'
import { parseHost } from './hostname.ts'
import type { Route } from './route-record.ts'
import type { Routes } from './routes.ts'
import type { ActiveRoute } from './upstreams.ts'

/**
 * Host → the tenant's route, in `request.exchange`. Whoever comes after it has an active one.
 * Throws bad_host, unknown_host, tenant_suspended, tenant_starting, and routes_unavailable when it cannot know.
 */
export function resolveRoute (lookup: Routes['lookup']): onRequestHookHandler {
  return (request, _reply, done) => {
    const { exchange } = request
    const host = parseHost(exchange.host)
    if (host === null) throw new GatewayError('bad_host')
    const found = lookup(host)
    if (!(found instanceof Promise)) {
      exchange.route = requireActive(found)
      done()
      return
    }
    found.then(route => { exchange.route = requireActive(route) }).then(() => { done() }, done)
  }
}

export function requireActive (route: Route | null): ActiveRoute {
  if (route === null) throw new GatewayError('unknown_host')
  switch (route.state) {
    case 'active': return route
    case 'suspended': throw new GatewayError('tenant_suspended')
    case 'starting': throw new GatewayError('tenant_starting')
  }
}
