import type { ConditionType } from '../tenants/tenant.ts'
import type { Desired } from './desired.ts'
import type { Observed, ObservedInstance } from './observe-tenant.ts'
import { standingFailure } from './standing-failure.ts'
import { canServeAgain, heldUntil, routesStand, servingInstance, wantedRoute } from './wanted-routes.ts'

/** Every step there is; each is a function of that name in `steps/`. */
export type StepName =
  | 'removeStrays' | 'attachInstances' | 'ensureDatabase' | 'publishRoutes' | 'withdrawRemovedDomains' | 'reserveInstance' | 'makeWay'
  | 'startMigration' | 'createInstance' | 'awaitMigration' | 'startInstance' | 'awaitHealthy' | 'discardFailed' | 'restoreOld' | 'retireInstances'
  | 'withdrawRoutes' | 'removeInstances' | 'dropDatabase' | 'removeVolume' | 'forgetTenant'

export interface Step {
  name: StepName
  /** What the step works for; null for steps that end something old, which hold up nothing. */
  condition: ConditionType | null
}

interface Facts {
  desired: Desired
  observed: Observed
  current: ObservedInstance | undefined
  others: ObservedInstance[]
  serving: ObservedInstance | null
  migrationNeeded: boolean
  /** Whether the hosts lead to where they should, as things are. */
  routes: 'right' | 'wrong' | 'unknown'
}

type Row = [StepName, ConditionType | null, (facts: Facts) => boolean]

const always = (): boolean => true

/**
 * What brings a tenant up, in order: the new instance beside the old, the routes last, and then the old one's end. Where the two must not
 * run at once the old one makes way first.
 */
const RUNNING: Row[] = [
  ['removeStrays', null, ({ observed }) => observed.strays.length > 0],
  ['attachInstances', 'InstanceHealthy', ({ observed }) => observed.instances.some(({ attached }) => !attached)],
  ['publishRoutes', 'RoutePublished', ({ routes }) => routes === 'wrong'],
  ['withdrawRemovedDomains', 'RoutePublished', ({ desired }) => desired.hosts.removed.length > 0],
  ['ensureDatabase', 'DatabaseReady', ({ observed }) => observed.database !== 'present'],
  ['reserveInstance', 'InstanceHealthy', ({ current }) => current === undefined || current.drainUntil !== null],
  ['makeWay', 'InstanceHealthy', ({ desired, observed, others }) => desired.strategy === 'stop-first' && observed.health?.healthy !== true && others.some(isAlive)],
  ['startMigration', 'Migrated', ({ migrationNeeded, observed }) => migrationNeeded && ['absent', 'created'].includes(observed.migration)],
  ['createInstance', 'InstanceHealthy', ({ current }) => current === undefined || current.container === 'absent'],
  ['awaitMigration', 'Migrated', ({ migrationNeeded, observed }) => migrationNeeded || observed.migration !== 'absent'],
  ['startInstance', 'InstanceHealthy', ({ current }) => current?.container !== 'running' && current?.container !== 'restarting'],
  ['awaitHealthy', 'InstanceHealthy', ({ observed, current }) => observed.health?.healthy !== true || current?.healthyAt === null || current?.asideSince !== null],
  ['publishRoutes', 'RoutePublished', ({ observed, routes }) => observed.health?.healthy !== true || routes !== 'right'],
  ['retireInstances', null, ({ others }) => others.length > 0]
]

/** The wanted instance cannot be had now: what serves goes on to serve. */
const FAILED: Row[] = [
  ['removeStrays', null, ({ observed }) => observed.strays.length > 0],
  ['attachInstances', null, ({ observed }) => observed.instances.some(({ attached }) => !attached)],
  ['publishRoutes', 'RoutePublished', ({ routes }) => routes === 'wrong'],
  ['withdrawRemovedDomains', 'RoutePublished', ({ desired }) => desired.hosts.removed.length > 0],
  // Before an old one is started: there are those that must not run beside it.
  ['discardFailed', null, always],
  ['restoreOld', null, ({ serving, others }) => serving === null && others.some(canServeAgain)],
  ['publishRoutes', 'RoutePublished', ({ serving, others }) => serving === null && others.some(canServeAgain)]
]

const SUSPENDED: Row[] = [
  ['publishRoutes', 'RoutePublished', ({ routes }) => routes !== 'right'],
  ['withdrawRemovedDomains', 'RoutePublished', ({ desired }) => desired.hosts.removed.length > 0],
  ['removeStrays', null, ({ observed }) => observed.strays.length > 0],
  ['removeInstances', 'InstanceHealthy', ({ observed }) => observed.instances.length > 0 || observed.migration !== 'absent']
]

const DELETED: Row[] = [
  ['withdrawRoutes', 'RoutePublished', ({ observed }) => observed.routes === null || [...observed.routes.values()].some(route => route !== null)],
  ['removeStrays', null, ({ observed }) => observed.strays.length > 0],
  ['removeInstances', 'InstanceHealthy', ({ observed }) => observed.instances.length > 0 || observed.migration !== 'absent'],
  ['dropDatabase', 'DatabaseReady', ({ observed }) => observed.database !== 'absent'],
  ['removeVolume', null, always],
  ['forgetTenant', null, always]
]

/** What to do, in order, to get from what there is to what is wanted. Empty when all is as it should be. Pure. */
export function plan (desired: Desired, observed: Observed): Step[] {
  const { hosts } = desired
  const serving = servingInstance(desired, observed)
  const current = observed.instances.find(instance => instance.name === desired.instance)
  const facts: Facts = {
    desired,
    observed,
    current,
    others: observed.instances.filter(instance => instance.name !== desired.instance),
    serving,
    // Before an instance starts, that is: one that runs has what it needs, and its address is taken.
    migrationNeeded: desired.migrates && current?.container !== 'running',
    routes: observed.routes === null ? 'unknown' : routesStand(observed.routes, hosts.wanted, wantedRoute(desired, serving, 0, heldUntil(desired, observed))) ? 'right' : 'wrong'
  }
  return rowsFor(desired, observed).filter(([, , applies]) => applies(facts)).map(([name, condition]) => ({ name, condition }))
}

function rowsFor ({ tenant }: Desired, { now }: Observed): Row[] {
  switch (tenant.wanted) {
    case 'deleted': return DELETED
    case 'suspended': return SUSPENDED
    case 'running': return standingFailure(tenant, now) === null ? RUNNING : FAILED
  }
}

function isAlive ({ container }: ObservedInstance): boolean {
  return container === 'running' || container === 'restarting' || container === 'paused'
}
