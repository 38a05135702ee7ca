import type { Hostname } from '../../../gateway/hostname.ts'
import type { Route } from '../../../gateway/route-record.ts'
import type { Desired } from '../../../provisioner/reconcile/desired.ts'
import type { Observed, ObservedInstance } from '../../../provisioner/reconcile/observe-tenant.ts'
import type { Tenant } from '../../../provisioner/tenants/tenant.ts'

export const HOST = 'acme.example.com' as Hostname
export const NOW = new Date('2026-01-02T03:04:05Z')
export const INSTANCE = 'berth-tn_000000000001-aaaaaaaa'
export const OLD_INSTANCE = 'berth-tn_000000000001-bbbbbbbb'

export function aTenant (change: Partial<Tenant> = {}): Tenant {
  return {
    id: 'tn_000000000001',
    slug: 'acme',
    name: 'Acme',
    createdAt: NOW,
    wanted: 'running',
    release: '1',
    env: {},
    resources: {},
    limits: {},
    restarts: 0,
    strategy: null,
    databaseServer: 'default',
    generation: 3,
    observedGeneration: 2,
    conditions: [],
    migrated: '1',
    migratedBefore: [],
    failure: null,
    crashes: 0,
    readyAt: NOW,
    status: 'ready',
    domains: [{ host: HOST, primary: true }],
    ...change
  }
}

export function aDesired (tenant: Partial<Tenant> = {}, change: { migrate?: string[] | null, volume?: boolean, removed?: Hostname[] } = {}): Desired {
  const { migrate = ['migrate'], volume = false, removed = [] } = change
  const release = { version: '1', image: 'app', port: 3000, healthPath: '/', migrate, env: {}, resources: {}, volume, strategy: null, createdAt: NOW, id: 'rl_000000000001', state: 'usable' as const, reason: 'Proven', message: '', since: NOW, pinned: null, template: false, migratesFrom: null, migrates: null, contains: [], coveredBy: null }
  return {
    tenant: aTenant(tenant),
    release,
    migrates: migrate !== null && ![aTenant(tenant).migrated, ...aTenant(tenant).migratedBefore].includes(aTenant(tenant).release),
    spec: {
      release: '1', image: 'app', port: 3000, healthPath: '/', migrate, env: {}, resources: { memoryBytes: 1, cpus: 1, pids: 1 }, volume, restarts: 0, runtime: ''
    },
    specHash: 'aaaaaaaa'.repeat(8),
    instance: INSTANCE,
    strategy: volume ? 'stop-first' : 'start-first',
    holdMs: 1000,
    values: { database: { host: 'h', port: '1', name: 'n', user: 'n', password: 'secret' }, tenant: { id: 'tn_000000000001', slug: 'acme', url: 'http://acme' } },
    databasePassword: 'secret',
    hosts: { wanted: [HOST], removed }
  }
}

export function anInstance (change: Partial<ObservedInstance> = {}): ObservedInstance {
  return {
    name: INSTANCE, release: '1', specHash: 'aaaaaaaa', port: 3000, address: '10.209.0.2', createdAt: NOW, startedAt: NOW, drainUntil: null, recipe: null, healthyAt: NOW, asideSince: null, container: 'running', attached: true, ...change
  }
}

export const OLD = anInstance({ name: OLD_INSTANCE, address: '10.209.0.3', port: 4000 })

/** It was stopped for another, and waits for what becomes of that. */
export const ASIDE = { ...OLD, asideSince: NOW, container: 'exited' } satisfies ObservedInstance

export function activeRoute (instance: ObservedInstance): Route {
  return {
    tenantId: 'tn_000000000001', slug: 'acme', name: 'Acme', epoch: 7, state: 'active', instance: instance.name, upstream: { address: instance.address, port: instance.port }
  }
}

export const STARTING_ROUTE: Route = { tenantId: 'tn_000000000001', slug: 'acme', name: 'Acme', epoch: 7, state: 'starting' }
export const SUSPENDED_ROUTE: Route = { ...STARTING_ROUTE, state: 'suspended' }
export const HOLDING_ROUTE: Route = { ...STARTING_ROUTE, state: 'holding', until: NOW.getTime() + 1000 }

/** A tenant of which everything is as it should be. */
export function allIsWell (change: Partial<Observed> = {}): Observed {
  return {
    database: 'present',
    instances: [anInstance()],
    migration: 'absent',
    strays: [],
    routes: new Map([[HOST, activeRoute(anInstance())]]),
    health: { healthy: true },
    now: NOW,
    ...change
  }
}

/** A tenant of which there is nothing yet. */
export function nothing (change: Partial<Observed> = {}): Observed {
  return { database: 'absent', instances: [], migration: 'absent', strays: [], routes: new Map([[HOST, null]]), health: null, now: NOW, ...change }
}
