import { Type } from 'typebox'
import type { Static } from 'typebox'
import { SLUG_PATTERN } from '../tenants/names.ts'
import { TENANT_SORTS } from '../tenants/tenant-store.ts'
import type { TenantChange } from '../tenants/tenant-store.ts'
import type { Tenant } from '../tenants/tenant.ts'
import { requireValidEnv } from './env.ts'
import { mergePatch } from './merge-patch.ts'
import { Env, EnvPatch, Host, Limits, LimitsPatch, nullable, PAGE_QUERY, ReleaseVersion, ResourcesPatch, STATUSES } from './schemas.ts'

const MAX_DOMAINS = 100

// C0, DEL, C1 and the separators that break a line; and not only spaces.
export const Name = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^(?=.*\\S)[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$',
  description: 'a name of 1 to 100 characters without control characters'
})

export const NewTenantInput = Type.Object({
  slug: Type.String({ pattern: SLUG_PATTERN, description: '1 to 40 of a–z, 0–9 and inner hyphens' }),
  name: Type.Optional(Name),
  domains: Type.Optional(Type.Array(Host, { maxItems: MAX_DOMAINS, description: 'further hosts, beside <slug>.<base domain>' })),
  release: Type.Optional(ReleaseVersion),
  env: Type.Optional(Env),
  limits: Type.Optional(Limits)
}, { additionalProperties: false, examples: [{ slug: 'acme', name: 'Acme Ltd', domains: ['www.acme.example'], env: { PLAN: 'team' } }] })

export const TenantPatch = Type.Object({
  name: Type.Optional(Name),
  env: Type.Optional(nullable(EnvPatch)),
  resources: Type.Optional(nullable(ResourcesPatch)),
  limits: Type.Optional(nullable(LimitsPatch))
}, { additionalProperties: false, description: 'A JSON merge patch (RFC 7396): null takes away.', examples: [{ name: 'Acme Ltd', env: { PLAN: null }, limits: { requestsPerSecond: 50 } }] })

export const TenantsQuery = Type.Object({
  limit: PAGE_QUERY.limit,
  // It has what the list is sorted by: a name is up to 100 characters.
  cursor: Type.Optional(Type.String({ maxLength: 1024, description: 'nextCursor of the page before' })),
  q: Type.Optional(Type.String({ maxLength: 100, description: 'part of the slug, of the name or of a domain' })),
  sort: Type.Optional(Type.Enum([...TENANT_SORTS], { default: 'created', description: 'by what; with - the other way round. By status: what is worst first.' })),
  status: Type.Optional(Type.Enum([...STATUSES])),
  release: Type.Optional(ReleaseVersion)
}, { additionalProperties: false })

/** What a patch changes of a tenant, or null when it is so already. Throws validation_failed. */
export function changeBy (patch: Static<typeof TenantPatch>, tenant: Pick<Tenant, 'name' | 'env' | 'resources' | 'limits'>): TenantChange | null {
  const change: TenantChange = {}
  if (patch.name !== undefined && patch.name !== tenant.name) change.name = patch.name
  const env = mergePatch(tenant.env, patch.env)
  if (env !== null) {
    requireValidEnv(env)
    change.env = env
  }
  const resources = mergePatch<number>(tenant.resources as Record<string, number>, patch.resources)
  if (resources !== null) change.resources = resources
  const limits = mergePatch<number>(tenant.limits as Record<string, number>, patch.limits)
  if (limits !== null) change.limits = limits
  return Object.keys(change).length === 0 ? null : change
}
