import type { Hostname } from '../../gateway/hostname.ts'
import { serializeRoute } from '../../gateway/route-record.ts'
import type { Route } from '../../gateway/route-record.ts'
import type { PublishedRoute } from '../resources/published-routes.ts'
import type { Desired } from './desired.ts'
import type { Observed, ObservedInstance } from './observe-tenant.ts'

/**
 * The instance that requests should go to, or null. One that never was healthy, is on its way out or stands aside serves nobody: the wanted one once it is healthy, until then the other that they go to
 * now, or the oldest that runs, and the wanted one, healthy or not, when there is no other and it served before (or nobody can tell).
 */
export function servingInstance (desired: Desired, observed: Observed): ObservedInstance | null {
  const running = observed.instances.filter(instance => instance.container === 'running')
  const wanted = running.find(instance => instance.name === desired.instance) ?? null
  if (wanted !== null && observed.health?.healthy === true) return wanted
  const others = running.filter(instance => instance !== wanted && isFit(instance))
  const other = (observed.routes === null ? undefined : others.find(({ name }) => isRouted(observed, name))) ?? others[0]
  if (other !== undefined) return other
  return wanted !== null && isRouted(observed, wanted.name) ? wanted : null
}

function isFit ({ drainUntil, asideSince, healthyAt }: ObservedInstance): boolean {
  return drainUntil === null && asideSince === null && healthyAt !== null
}

/** Whether an old instance that does not serve now is one to go back to: by starting its container, or by making it again. */
export function canServeAgain ({ drainUntil, healthyAt }: ObservedInstance): boolean {
  return drainUntil === null && healthyAt !== null
}

/** Until when requests are held for an instance that stood aside for another, in milliseconds of Unix time; null when none did. */
export function heldUntil ({ holdMs }: Desired, { instances }: Observed): number | null {
  const since = instances.flatMap(({ asideSince }) => asideSince === null ? [] : [asideSince.getTime()])
  return since.length === 0 ? null : Math.max(...since) + holdMs
}

/** The route that each host of the tenant should have, given who serves, and until when requests are held when nobody does. */
export function wantedRoute (desired: Desired, serving: ObservedInstance | null, epoch: number, until: number | null): Route {
  const { id: tenantId, slug, name, wanted, limits } = desired.tenant
  const base = { tenantId, slug, name, epoch, ...(Object.keys(limits).length === 0 ? {} : { limits }) }
  if (wanted === 'suspended') return { ...base, state: 'suspended' }
  if (serving === null) return until === null ? { ...base, state: 'starting' } : { ...base, state: 'holding', until }
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
