import t from 'tap'
import { routesStand, servingInstance, wantedRoute } from '../../../provisioner/reconcile/wanted-routes.ts'
import type { ObservedInstance, Observed } from '../../../provisioner/reconcile/observe-tenant.ts'
import { activeRoute, aDesired, allIsWell, anInstance, HOST, NOW, OLD, STARTING_ROUTE, SUSPENDED_ROUTE } from './world-of-one.ts'

const YOUNGER = anInstance({ name: 'berth-tn_000000000001-cccccccc', address: '10.209.0.4' })
const unhealthy = { healthy: false, status: null, detail: '' } as const
const noRoutes = { routes: new Map([[HOST, null]]) }

t.test('who serves', async t => {
  const table: Array<[string, Partial<Observed>, ObservedInstance | null]> = [
    ['the wanted one when it is healthy', { instances: [OLD, anInstance()] }, anInstance()],
    ['the old one until then', { instances: [OLD, anInstance()], health: unhealthy }, OLD],
    ['of two old ones the one that is routed', { instances: [OLD, YOUNGER], health: null, routes: new Map([[HOST, activeRoute(OLD)]]) }, OLD],
    ['of two old ones the older, when none is routed', { instances: [OLD, YOUNGER], health: null, ...noRoutes }, OLD],
    ['nobody when the wanted one never served', { health: unhealthy, ...noRoutes }, null],
    ['the wanted one when it served and there is no other', { health: unhealthy }, anInstance()],
    ['the wanted one when nobody can tell whether it served', { health: unhealthy, routes: null }, anInstance()],
    ['not one that never was healthy', { instances: [{ ...OLD, healthyAt: null }], health: null }, null],
    ['not one that stands aside', { instances: [{ ...OLD, asideSince: NOW }], health: null }, null],
    ['not one that drains', { instances: [{ ...OLD, drainUntil: NOW }], health: null }, null],
    ['not one that does not run', { instances: [{ ...OLD, container: 'exited' }], health: null }, null]
  ]
  for (const [name, change, expected] of table) t.strictSame(servingInstance(aDesired(), allIsWell(change)), expected, name)
})

t.test('the route', async t => {
  t.strictSame(wantedRoute(aDesired(), anInstance(), 7, null), activeRoute(anInstance()))
  t.strictSame(wantedRoute(aDesired(), null, 7, null), STARTING_ROUTE)
  t.strictSame(wantedRoute(aDesired(), null, 7, 5), { ...STARTING_ROUTE, state: 'holding', until: 5 })
  t.strictSame(wantedRoute(aDesired({ wanted: 'suspended' }), anInstance(), 7, null), SUSPENDED_ROUTE)
  t.strictSame(wantedRoute(aDesired({ limits: { queue: 1 } }), anInstance(), 7, null), { ...activeRoute(anInstance()), limits: { queue: 1 } })
})

t.test('whether routes stand', async t => {
  const route = activeRoute(anInstance())
  t.ok(routesStand(new Map([[HOST, route]]), [HOST], { ...route, epoch: 99 }), 'whichever lease wrote them')
  const limited = { ...route, limits: { connections: 2, queue: 1 } }
  t.notOk(routesStand(new Map([[HOST, route]]), [HOST], limited), 'with limits it is another')
  t.ok(routesStand(new Map([[HOST, limited]]), [HOST], { ...route, limits: { queue: 1, connections: 2 } }), 'in whatever order the database tells them')
  t.notOk(routesStand(new Map([[HOST, STARTING_ROUTE]]), [HOST], route))
  t.notOk(routesStand(new Map([[HOST, null]]), [HOST], route))
  t.notOk(routesStand(new Map([[HOST, 'unreadable']]), [HOST], route))
  t.notOk(routesStand(new Map(), [HOST], route))
})
