import t from 'tap'
import type { Hostname } from '../../../gateway/hostname.ts'
import type { Desired } from '../../../provisioner/reconcile/desired.ts'
import type { Observed } from '../../../provisioner/reconcile/observe-tenant.ts'
import { plan } from '../../../provisioner/reconcile/plan.ts'
import type { Container } from '../../../provisioner/resources/engine.ts'
import type { Failure } from '../../../provisioner/tenants/tenant.ts'
import {
  activeRoute, aDesired, allIsWell, anInstance, ASIDE, HOLDING_ROUTE, HOST, nothing, NOW, OLD, STARTING_ROUTE, SUSPENDED_ROUTE
} from './world-of-one.ts'

const unhealthy = { healthy: false, status: 500, detail: 'GET / answered 500' } as const
const stray = { id: '1', name: 'stray', tenantId: 'tn_000000000001', role: 'instance', specHash: 'x', state: 'running', addresses: [] as string[] } satisfies Container
const gone = 'gone.example.com' as Hostname
const failure = (retryAt: string | null): Failure => ({ condition: 'InstanceHealthy', reason: 'NeverHealthy', message: '', attempts: 1, retryAt })
const later = new Date(NOW.getTime() + 1000).toISOString()
const earlier = new Date(NOW.getTime() - 1000).toISOString()

const BRING_UP = 'reserveInstance startMigration createInstance awaitMigration startInstance awaitHealthy publishRoutes'

const table: Array<[string, Desired, Observed, string]> = [
  // running
  ['all is well', aDesired(), allIsWell(), ''],
  ['nothing is there', aDesired({ migrated: null }), nothing(), `publishRoutes ensureDatabase ${BRING_UP}`],
  ['nothing is there, and no migrate command', aDesired({ migrated: null }, { migrate: null }), nothing(),
    'publishRoutes ensureDatabase reserveInstance createInstance startInstance awaitHealthy publishRoutes'],
  ['only the role is there', aDesired({ migrated: null }), nothing({ database: 'role-only', routes: new Map([[HOST, STARTING_ROUTE]]) }), `ensureDatabase ${BRING_UP}`],
  ['a killed provisioner left a running migration', aDesired({ migrated: null }),
    nothing({ database: 'present', instances: [anInstance({ container: 'absent' })], migration: 'running', routes: new Map([[HOST, STARTING_ROUTE]]) }),
    'createInstance awaitMigration startInstance awaitHealthy publishRoutes'],
  ['a killed provisioner left a migration that was not started', aDesired({ migrated: null }),
    nothing({ database: 'present', instances: [anInstance({ container: 'created' })], migration: 'created', routes: new Map([[HOST, STARTING_ROUTE]]) }),
    'startMigration awaitMigration startInstance awaitHealthy publishRoutes'],
  ['a migration that is over was not removed', aDesired(), allIsWell({ migration: 'exited' }), 'awaitMigration'],
  ['the container was removed by hand', aDesired(), allIsWell({ instances: [anInstance({ container: 'absent' })], health: null }),
    'publishRoutes createInstance startInstance awaitHealthy publishRoutes'],
  ['the container was killed by hand', aDesired(), allIsWell({ instances: [anInstance({ container: 'exited' })], health: null }),
    'publishRoutes startInstance awaitHealthy publishRoutes'],
  ['the container is off its network', aDesired(), allIsWell({ instances: [anInstance({ attached: false })], health: unhealthy }), 'attachInstances awaitHealthy publishRoutes'],
  ['the engine restarts the container', aDesired(), allIsWell({ instances: [anInstance({ container: 'restarting' })], health: null }),
    'publishRoutes awaitHealthy publishRoutes'],
  ['the instance stopped answering: it stays routed while it is waited for', aDesired(), allIsWell({ health: unhealthy }), 'awaitHealthy publishRoutes'],
  ['other limits: nothing but the routes', aDesired({ limits: { connections: 2 } }), allIsWell(), 'publishRoutes publishRoutes'],
  ['the routes were flushed', aDesired(), allIsWell({ routes: new Map([[HOST, null]]) }), 'publishRoutes publishRoutes'],
  ['a route is unreadable', aDesired(), allIsWell({ routes: new Map([[HOST, 'unreadable']]) }), 'publishRoutes publishRoutes'],
  ['redis is away and all else is well', aDesired(), allIsWell({ routes: null }), 'publishRoutes'],
  ['redis is away and the container is gone: it comes back all the same', aDesired(), allIsWell({ routes: null, instances: [anInstance({ container: 'absent' })], health: null }),
    'createInstance startInstance awaitHealthy publishRoutes'],
  ['a domain was removed', aDesired({}, { removed: [gone] }), allIsWell(), 'withdrawRemovedDomains'],
  ['a stray container', aDesired(), allIsWell({ strays: [stray] }), 'removeStrays'],
  ['the database was dropped by hand', aDesired(), allIsWell({ database: 'role-only' }), 'ensureDatabase'],
  ['the tenant changed its password', aDesired(), allIsWell({ database: 'changed' }), 'ensureDatabase'],
  ['somebody else has the role', aDesired(), allIsWell({ database: 'foreign' }), 'ensureDatabase'],
  // another release or env
  ['a new release beside the old', aDesired({ release: '2' }), allIsWell({ instances: [OLD], routes: new Map([[HOST, activeRoute(OLD)]]), health: null }),
    `${BRING_UP} retireInstances`],
  ['new env needs no migration', aDesired(), allIsWell({ instances: [OLD], routes: new Map([[HOST, activeRoute(OLD)]]), health: null }),
    'reserveInstance createInstance startInstance awaitHealthy publishRoutes retireInstances'],
  ['the new one is healthy, the old one drains', aDesired(), allIsWell({ instances: [OLD, anInstance()] }), 'retireInstances'],
  ['the new one is not healthy yet: the old one stays routed', aDesired(),
    allIsWell({ instances: [OLD, anInstance()], health: unhealthy, routes: new Map([[HOST, activeRoute(OLD)]]) }), 'awaitHealthy publishRoutes retireInstances'],
  ['with a volume the old one goes first', aDesired({}, { volume: true }), allIsWell({ instances: [OLD], routes: new Map([[HOST, activeRoute(OLD)]]), health: null }),
    'reserveInstance makeWay createInstance startInstance awaitHealthy publishRoutes retireInstances'],
  ['stop-first: the old one is stopped, the new one comes', aDesired({}, { volume: true }),
    allIsWell({ instances: [ASIDE, anInstance({ container: 'absent' })], routes: new Map([[HOST, HOLDING_ROUTE]]), health: null }), 'createInstance startInstance awaitHealthy publishRoutes retireInstances'],
  ['stop-first: the new one is healthy, and the provisioner was killed', aDesired({}, { volume: true }),
    allIsWell({ instances: [ASIDE, anInstance({ healthyAt: null })], routes: new Map([[HOST, HOLDING_ROUTE]]) }), 'publishRoutes awaitHealthy publishRoutes retireInstances'],
  ['stop-first: back to the one that stands aside', aDesired({}, { volume: true }),
    allIsWell({ instances: [anInstance({ asideSince: NOW, container: 'exited' }), { ...OLD, healthyAt: null }], routes: new Map([[HOST, HOLDING_ROUTE]]), health: null }),
    'makeWay startInstance awaitHealthy publishRoutes retireInstances'],
  ['stop-first: the new one failed', aDesired({ failure: failure(null) }, { volume: true }),
    allIsWell({ instances: [ASIDE, anInstance({ container: 'exited', healthyAt: null })], routes: new Map([[HOST, HOLDING_ROUTE]]), health: null }), 'discardFailed restoreOld publishRoutes'],
  ['a failure stands, and the container of the old instance was removed by hand', aDesired({ failure: failure(null) }),
    allIsWell({ instances: [{ ...OLD, container: 'absent' }], routes: new Map([[HOST, STARTING_ROUTE]]), health: null }), 'discardFailed restoreOld publishRoutes'],
  ['a failure stands, and there is nothing to go back to', aDesired({ failure: failure(null) }),
    allIsWell({ instances: [{ ...OLD, container: 'exited', healthyAt: null }], routes: new Map([[HOST, STARTING_ROUTE]]), health: null }), 'discardFailed'],
  ['back to a release whose migrations the database had before others', aDesired({ migrated: '2', migratedBefore: ['1'] }), allIsWell({ instances: [OLD], routes: new Map([[HOST, activeRoute(OLD)]]), health: null }),
    'reserveInstance createInstance startInstance awaitHealthy publishRoutes retireInstances'],
  ['back to an instance that drains: it is wanted again', aDesired(), allIsWell({ instances: [anInstance({ drainUntil: NOW })] }), 'reserveInstance'],
  // failed
  ['a failure stands', aDesired({ failure: failure(later) }), allIsWell({ instances: [anInstance({ container: 'absent' })], health: null, routes: new Map([[HOST, STARTING_ROUTE]]) }), 'discardFailed'],
  ['a failure stands, and the old instance is off its network', aDesired({ failure: failure(later) }),
    allIsWell({ instances: [{ ...OLD, attached: false }], health: null, routes: new Map([[HOST, activeRoute(OLD)]]) }), 'attachInstances discardFailed'],
  ['a failure that only a change heals', aDesired({ failure: failure(null) }), nothing({ routes: new Map([[HOST, STARTING_ROUTE]]) }), 'discardFailed'],
  ['a failure stands, a new domain leads to the old instance', aDesired({ failure: failure(later) }), allIsWell({ instances: [OLD], routes: new Map([[HOST, null]]), health: null }),
    'publishRoutes discardFailed'],
  ['a failure whose time has come', aDesired({ failure: failure(earlier) }), allIsWell({ instances: [anInstance({ container: 'absent' })], health: null, routes: new Map([[HOST, STARTING_ROUTE]]) }),
    'createInstance startInstance awaitHealthy publishRoutes'],
  ['a failure stands, and the old instance ended', aDesired({ failure: failure(null) }), allIsWell({ instances: [{ ...OLD, container: 'exited' }], health: null, routes: new Map([[HOST, STARTING_ROUTE]]) }),
    'discardFailed restoreOld publishRoutes'],
  ['back to a release that still runs, after a migration to the next', aDesired({ migrated: '2' }), allIsWell(), ''],
  // suspended
  ['to be suspended', aDesired({ wanted: 'suspended' }), allIsWell(), 'publishRoutes removeInstances'],
  ['suspended', aDesired({ wanted: 'suspended' }), allIsWell({ instances: [], health: null, routes: new Map([[HOST, SUSPENDED_ROUTE]]) }), ''],
  ['suspended, and redis is away', aDesired({ wanted: 'suspended' }), allIsWell({ instances: [], health: null, routes: null }), 'publishRoutes'],
  ['suspended in the middle of a migration', aDesired({ wanted: 'suspended' }), nothing({ migration: 'running', routes: new Map([[HOST, SUSPENDED_ROUTE]]) }), 'removeInstances'],
  // deleted
  ['to be deleted', aDesired({ wanted: 'deleted' }), allIsWell(), 'withdrawRoutes removeInstances dropDatabase removeVolume forgetTenant'],
  ['to be deleted, and redis is away', aDesired({ wanted: 'deleted' }), allIsWell({ routes: null }), 'withdrawRoutes removeInstances dropDatabase removeVolume forgetTenant'],
  ['deleted but for its record', aDesired({ wanted: 'deleted' }), nothing(), 'removeVolume forgetTenant'],
  ['deleted in spite of a failure', aDesired({ wanted: 'deleted', failure: failure(null) }), nothing({ database: 'present' }), 'dropDatabase removeVolume forgetTenant']
]

for (const [name, desired, observed, steps] of table) {
  t.test(name, async t => {
    t.equal(plan(desired, observed).map(step => step.name).join(' '), steps)
  })
}

t.test('routes are published after the instance is healthy, and the old one ends after that', async t => {
  const names = plan(aDesired({ release: '2' }), allIsWell({ instances: [OLD], health: null })).map(step => step.name)
  t.ok(names.lastIndexOf('publishRoutes') > names.indexOf('awaitHealthy'))
  t.ok(names.indexOf('retireInstances') > names.lastIndexOf('publishRoutes'))
})
