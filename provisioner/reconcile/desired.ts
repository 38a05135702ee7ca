import type { Queryable } from '../database/pool.ts'
import type { Config } from '../config.ts'
import type { Hostname } from '../../gateway/hostname.ts'
import type { Release, Tenant } from '../tenants/tenant.ts'
import { findTenant } from '../tenants/tenant-store.ts'
import { findRelease } from '../tenants/release-store.ts'
import { hostsOf } from '../tenants/domain-store.ts'
import { databaseName, databasePassword, instanceName } from '../tenants/names.ts'
import { tenantUrl } from '../tenants/tenant-url.ts'
import { instanceSpec, specHash } from '../resources/container-spec.ts'
import type { InstanceSpec } from '../resources/container-spec.ts'

/** What is wanted of a tenant, down to the container that it should have. */
export interface Desired {
  tenant: Tenant
  release: Release
  spec: InstanceSpec
  specHash: string
  /** Name of the wanted instance and of its container. */
  instance: string
  databasePassword: string
  hosts: { wanted: Hostname[], removed: Hostname[] }
}

/** Reads what is wanted, or null when the tenant is gone. */
export async function readDesired (db: Queryable, config: Config, tenantId: string): Promise<Desired | null> {
  const tenant = await findTenant(db, tenantId)
  if (tenant === null) return null
  const [release, hosts] = await Promise.all([findRelease(db, tenant.release), hostsOf(db, tenantId)])
  if (release === null) throw new Error(`The release "${tenant.release}" of the tenant is not in the control database.`)
  const password = databasePassword(config.masterKey, tenantId)
  const spec = instanceSpec(release, tenant, {
    database: {
      host: config.databaseServer.tenantHost,
      port: String(config.databaseServer.port),
      name: databaseName(tenantId),
      user: databaseName(tenantId),
      password
    },
    tenant: { id: tenantId, slug: tenant.slug, url: tenantUrl(config.publicUrl, tenant) }
  }, config.containerRuntime)
  const hash = specHash(spec)
  return { tenant, release, spec, specHash: hash, instance: instanceName(config.installation, tenantId, hash), databasePassword: password, hosts }
}
