import type { Route } from '../../../gateway/route-record.ts'
import { forgetDomains } from '../../tenants/domain-store.ts'
import { DONE } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import { tell } from '../pass.ts'
import type { Pass } from '../pass.ts'
import { heldUntil, wantedRoute } from '../wanted-routes.ts'

/** Makes every domain of the tenant lead to whoever serves, or say why nobody does. */
export async function publishRoutes (pass: Pass): Promise<Outcome> {
  const { desired: { hosts }, serving, epoch } = pass
  const route = wantedRoute(pass.desired, serving, epoch, heldUntil(pass.desired, pass.observed))
  const changed = await pass.routes.publish(hosts.wanted, route)
  if (changed > 0) {
    const { reason, where } = inWords(route)
    await tell(pass, { reason, message: `The domains ${where}: ${hosts.wanted.join(', ')}.` })
  }
  return DONE
}

export async function withdrawRemovedDomains (pass: Pass): Promise<Outcome> {
  const { tenant, hosts } = pass.desired
  await pass.routes.withdraw(hosts.removed, tenant.id, pass.epoch)
  await forgetDomains(pass.pool, tenant.id, hosts.removed)
  await tell(pass, { reason: 'DomainWithdrawn', message: `No longer led to the tenant: ${hosts.removed.join(', ')}.` })
  return DONE
}

export async function withdrawRoutes (pass: Pass): Promise<Outcome> {
  const { tenant, hosts } = pass.desired
  await pass.routes.withdraw([...hosts.wanted, ...hosts.removed], tenant.id, pass.epoch)
  await tell(pass, { reason: 'RouteWithdrawn', message: 'No domain leads to the tenant any more.' })
  return DONE
}

function inWords (route: Route): { reason: string, where: string } {
  switch (route.state) {
    case 'active': return { reason: 'RoutePublished', where: `lead to "${route.instance}"` }
    case 'suspended': return { reason: 'RouteSuspended', where: 'say that the tenant is suspended' }
    case 'starting': return { reason: 'RouteStarting', where: 'say that the tenant is not ready' }
    case 'holding': return { reason: 'RouteHolding', where: 'hold requests while the instance is exchanged' }
  }
}
