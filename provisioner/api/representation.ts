import type { Static } from 'typebox'
import { orderedLimits } from '../../gateway/limits.ts'
import type { TenantEvent } from '../tenants/event-store.ts'
import type { Release, Tenant } from '../tenants/tenant.ts'
import { strategyOf } from '../tenants/strategy.ts'
import { tenantUrl } from '../tenants/tenant-url.ts'
import type { EventBody, ReleaseBody, TenantBody } from './schemas.ts'

/** A tenant as the API shows it: what is wanted, what was observed, and nothing of how Berth keeps it. */
export function tenantBody (tenant: Tenant, publicUrl: URL): Static<typeof TenantBody> {
  const { id, slug, name, status, domains, release, env, resources, limits, generation, observedGeneration, conditions } = tenant
  return {
    id,
    slug,
    name,
    status,
    url: tenantUrl(publicUrl, tenant),
    domains,
    release,
    env,
    resources,
    limits: orderedLimits(limits),
    generation,
    observedGeneration,
    conditions,
    createdAt: tenant.createdAt.toISOString()
  }
}

export function releaseBody (release: Release): Static<typeof ReleaseBody> {
  const { version, state, reason, message, since, image, pinned, port, healthPath, migrate, migratesFrom, migrates, env, resources, volume, strategy, createdAt } = release
  const status = state === 'verifying' ? 'Unknown' : state === 'usable' ? 'True' : 'False'
  return {
    version,
    state,
    conditions: [{ type: 'Usable', status, reason, message, since: since.toISOString() }],
    image,
    pinned,
    port,
    healthPath,
    migrate,
    migratesFrom,
    migrates,
    env,
    resources,
    volume,
    strategy: strategyOf({ volume, strategy }, null),
    createdAt: createdAt.toISOString()
  }
}

export function eventBody ({ id, at, level, reason, message, data }: TenantEvent): Static<typeof EventBody> {
  return { id, at: at.toISOString(), level, reason, message, data }
}

export function releaseLocation (version: string): string {
  return `/v1/releases/${version}`
}

export function tenantLocation (tenantId: string): string {
  return `/v1/tenants/${tenantId}`
}
