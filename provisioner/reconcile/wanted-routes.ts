import type { Hostname } from '../../gateway/hostname.ts'
import { serializeRoute } from '../../gateway/route-record.ts'
import type { Route } from '../../gateway/route-record.ts'
import type { PublishedRoute } from '../resources/published-routes.ts'
import type { Desired } from './desired.ts'
import type { Observed, ObservedInstance } from './observe-tenant.ts'

/**
 * The instance that requests should go to, or null: the wanted one once it is healthy, until then the other that they go to
 * now, or the oldest that runs (a younger one may never have been healthy), and the wanted one, healthy or not, when there is no other and it served before (or nobody can tell).
 */
export function servingInstance (desired: Desired, observed: Observed): ObservedInstance | null {
  const running = observed.instances.filter(instance => instance.container === 'running')
  const wanted = running.find(instance => instance.name === desired.instance) ?? null
  if (wanted !== null && observed.health?.healthy === true) return wanted
  const others = running.filter(instance => instance !== wanted && instance.drainUntil === null)
  const other = (observed.routes === null ? undefined : others.find(({ name }) => isRouted(observed, name))) ?? others[0]
  if (other !== undefined) return other
  return wanted !== null && isRouted(observed, wanted.name) ? wanted : null
}

/** Whether an old instance that ended only has to be started. */
export function canServeAgain ({ container, drainUntil }: ObservedInstance): boolean {
  return container === 'exited' && drainUntil === null
}

/** The route that each host of the tenant should have, given who serves. */
export function wantedRoute (desired: Desired, serving: ObservedInstance | null, epoch: number): Route {
  const { id: tenantId, slug, name, wanted, limits } = desired.tenant
  const base = { tenantId, slug, name, epoch, ...(Object.keys(limits).length === 0 ? {} : { limits }) }
  if (wanted === 'suspended') return { ...base, state: 'suspended' }
  if (serving === null) return { ...base, state: 'starting' }
  return { ...base, state: 'active', instance: serving.name, upstream: { address: serving.address, port: serving.port } }
}

/** Whether every host has this route already, whichever lease wrote it. */
export function routesStand (routes: Map<Hostname, PublishedRoute>, hosts: Hostname[], route: Route): boolean {
  return hosts.every(host => {
    const published = routes.get(host)
    if (published === null || published === undefined || published === 'unreadable') return false
    return serializeRoute({ ...published, epoch: route.epoch }) === serializeRoute(route)
  })
}

export function isRouted (observed: Observed, instance: string): boolean {
  if (observed.routes === null) return true
  return [...observed.routes.values()].some(route => route !== null && route !== 'unreadable' && route.state === 'active' && route.instance === instance)
}
