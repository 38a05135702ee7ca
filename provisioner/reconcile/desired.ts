import type { Queryable } from '../database/pool.ts'
import type { Config } from '../config.ts'
import type { Hostname } from '../../gateway/hostname.ts'
import type { Release, Strategy, Tenant } from '../tenants/tenant.ts'
import { findTenant } from '../tenants/tenant-store.ts'
import { findRelease } from '../tenants/release-store.ts'
import { hostsOf } from '../tenants/domain-store.ts'
import { needsMigration } from '../releases/needs-migration.ts'
import { databaseName, databasePassword, instanceName } from '../tenants/names.ts'
import { strategyOf } from '../tenants/strategy.ts'
import { tenantUrl } from '../tenants/tenant-url.ts'
import { instanceSpec, specHash } from '../resources/container-spec.ts'
import type { InstanceSpec, TemplateValues } from '../resources/container-spec.ts'
import { STOP_GRACE_SECONDS } from './steps/container.ts'

/** What is wanted of a tenant, down to the container that it should have. */
export interface Desired {
  tenant: Tenant
  release: Release
  /** Whether the tenant's database needs the release's migrations, as far as is known. */
  migrates: boolean
  spec: InstanceSpec
  specHash: string
  /** Name of the wanted instance and of its container. */
  instance: string
  strategy: Strategy
  /** How long requests are worth holding while nothing serves. */
  holdMs: number
  /** What `{{…}}` stands for. */
  values: TemplateValues
  databasePassword: string
  hosts: { wanted: Hostname[], removed: Hostname[] }
}

/** Reads what is wanted, or null when the tenant is gone. */
export async function readDesired (db: Queryable, config: Config, tenantId: string): Promise<Desired | null> {
  const tenant = await findTenant(db, tenantId)
  if (tenant === null) return null
  const [release, hosts] = await Promise.all([findRelease(db, tenant.release), hostsOf(db, tenantId)])
  if (release === null) throw new Error(`The release "${tenant.release}" of the tenant is not in the control database.`)
  const values = templateValues(config, tenant)
  const spec = instanceSpec(release, tenant, values, config.containerRuntime)
  const hash = specHash(spec)
  const migrates = needsMigration([tenant.migrated ?? [], tenant.migratedBefore].flat(), release)
  const { startTimeoutMs, drainMs } = config.reconcile
  return {
    tenant,
    release,
    migrates,
    spec,
    specHash: hash,
    instance: instanceName(config.installation, tenantId, hash),
    strategy: strategyOf(release, tenant.strategy),
    holdMs: drainMs + STOP_GRACE_SECONDS * 1000 + startTimeoutMs,
    values,
    databasePassword: values.database.password,
    hosts
  }
}

function templateValues ({ databaseServer, masterKey, publicUrl }: Config, tenant: Tenant): TemplateValues {
  const name = databaseName(tenant.id)
  return {
    database: { host: databaseServer.tenantHost, port: String(databaseServer.port), name, user: name, password: databasePassword(masterKey, tenant.id) },
    tenant: { id: tenant.id, slug: tenant.slug, url: tenantUrl(publicUrl, tenant) }
  }
}
