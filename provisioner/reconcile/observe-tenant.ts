import type { Queryable } from '../database/pool.ts'
import type { PoolSubnet } from '../resources/address-pool.ts'
import type { Container, ContainerState, Engine } from '../resources/engine.ts'
import type { Hostname } from '../../gateway/hostname.ts'
import type { DatabaseState, TenantDatabases } from '../resources/tenant-databases.ts'
import type { PublishedRoute, PublishedRoutes } from '../resources/published-routes.ts'
import { probeHealth } from '../resources/health-probe.ts'
import type { Health } from '../resources/health-probe.ts'
import { instancesOf } from '../tenants/instance-store.ts'
import type { Instance } from '../tenants/instance-store.ts'
import { migrationName } from '../tenants/names.ts'
import type { Desired } from './desired.ts'

export interface ObservedInstance extends Instance {
  container: ContainerState | 'absent'
  /** Whether the container is on its network, at the address of the instance; of one that is absent true. */
  attached: boolean
}

/** What there is of a tenant, as it was when the pass began. */
export interface Observed {
  database: DatabaseState
  /** Every instance that the control database knows, oldest first. */
  instances: ObservedInstance[]
  /** The container that migrates for the wanted instance. */
  migration: ContainerState | 'absent'
  /** Containers of the tenant that nothing speaks for. */
  strays: Container[]
  /** Null while Redis does not answer: then nothing is known of them. */
  routes: Map<Hostname, PublishedRoute> | null
  /** Of the wanted instance; null when it does not run. */
  health: Health | null
  /** When it was looked. */
  now: Date
}

const PROBE_TIMEOUT_MS = 2000

export interface Sources {
  db: Queryable
  engine: Engine
  databases: TenantDatabases
  routes: PublishedRoutes
  subnet: PoolSubnet
}

/** Looks at a tenant's database, containers, routes and health. Writes nothing. */
export async function observeTenant (sources: Sources, desired: Desired): Promise<Observed> {
  const { tenant, hosts } = desired
  const [database, containers, rows, routes] = await Promise.all([
    sources.databases.inspect(tenant.id, desired.databasePassword),
    sources.engine.list(tenant.id),
    instancesOf(sources.db, tenant.id, sources.subnet),
    sources.routes.read([...hosts.wanted, ...hosts.removed]).catch(() => null)
  ])
  const byName = new Map(containers.map(container => [container.name, container]))
  const instances = rows.map(row => {
    const container = byName.get(row.name)
    return { ...row, container: container?.state ?? 'absent' as const, attached: container?.addresses.includes(row.address) ?? true }
  })
  const wantedMigration = migrationName(desired.instance)
  const known = new Set([...rows.map(row => row.name), wantedMigration])
  const current = instances.find(instance => instance.name === desired.instance)
  return {
    database,
    instances,
    migration: byName.get(wantedMigration)?.state ?? 'absent',
    strays: containers.filter(container => !known.has(container.name)),
    routes,
    health: current?.container === 'running' ? await probe(desired, current) : null,
    now: new Date()
  }
}

function probe (desired: Desired, instance: Instance): Promise<Health> {
  return probeHealth({ address: instance.address, port: desired.spec.port, path: desired.spec.healthPath, timeoutMs: PROBE_TIMEOUT_MS })
}
