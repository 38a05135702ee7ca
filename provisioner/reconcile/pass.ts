import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Pool } from '../database/pool.ts'
import type { Engine } from '../resources/engine.ts'
import type { PublishedRoutes } from '../resources/published-routes.ts'
import type { TenantDatabases } from '../resources/tenant-databases.ts'
import { appendEvent } from '../tenants/event-store.ts'
import type { NewEvent } from '../tenants/event-store.ts'
import { instancesOf } from '../tenants/instance-store.ts'
import type { Instance } from '../tenants/instance-store.ts'
import type { Desired } from './desired.ts'
import type { Observed, ObservedInstance } from './observe-tenant.ts'
import { readGeneration } from '../tenants/tenant-store.ts'
import { servingInstance } from './wanted-routes.ts'

/** What every pass works with. */
export interface Deps {
  config: Config
  pool: Pool
  engine: Engine
  databases: TenantDatabases
  routes: PublishedRoutes
  log: Logger
}

/** One look at one tenant: what its steps know and share. */
export interface Pass extends Deps {
  desired: Desired
  observed: Observed
  epoch: number
  signal: AbortSignal
  /** Who the routes should lead to; a step that makes an instance healthy changes it. */
  serving: ObservedInstance | null
}

export function beginPass (deps: Deps, desired: Desired, observed: Observed, epoch: number, signal: AbortSignal): Pass {
  return { ...deps, desired, observed, epoch, signal, serving: servingInstance(desired, observed) }
}

export async function tell (pass: Pass, event: NewEvent): Promise<void> {
  await appendEvent(pass.pool, pass.desired.tenant.id, event)
  pass.log.info({ reason: event.reason }, 'tenant event')
}

/** Whether what is wanted changed since the pass began: then another pass follows, and this one keeps it waiting. */
export async function isSuperseded ({ pool, desired: { tenant } }: Pass): Promise<boolean> {
  return await readGeneration(pool, tenant.id) !== tenant.generation
}

/** The wanted instance with its address. It must be reserved. */
export async function wantedInstance (pass: Pass): Promise<Instance> {
  const rows = await instancesOf(pass.pool, pass.desired.tenant.id, pass.config.tenantSubnet)
  const found = rows.find(row => row.name === pass.desired.instance)
  if (found === undefined) throw new Error('The wanted instance is not reserved.')
  return found
}
