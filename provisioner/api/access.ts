import type { FastifyRequest } from 'fastify'
import { permits } from '../access/scope.ts'
import type { Scope } from '../access/scope.ts'
import type { Session } from '../access/session-store.ts'
import type { Token } from '../access/token.ts'
import { MASK } from '../audit/audit-entry.ts'
import type { Queryable } from '../database/pool.ts'
import { Problem } from '../errors.ts'
import { isTenantId } from '../tenants/names.ts'
import { tenantNotFound } from '../tenants/tenant-store.ts'

/** As whom a request came. */
export interface Access {
  via: 'bearer' | 'session'
  token: Token
  /** Null when it came with a bearer token. */
  session: Session | null
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What it takes to use the route; `public` takes nothing. A route that does not say keeps the API from starting. */
    scope?: Scope | 'public'
    /** What the audit log calls it, such as `tenant.create`. A route that changes something and does not say keeps the API from starting. */
    action?: string
    /**
     * Open to tokens that are limited to tenants, although no tenant is in its path: it heeds `tenantsOf` itself, or tells of no
     * tenant. Without it such a token gets 403.
     */
    limited?: true
  }
  interface FastifyRequest {
    /** Null on public routes. */
    access: Access | null
  }
}

/** As whom a request came, on a route that is not public. */
export function accessOf ({ access }: Pick<FastifyRequest, 'access'>): Access {
  if (access === null) throw new Error('Nobody was asked who this is: the route is public.')
  return access
}

/** The ids of the only tenants that a request may see; null for all. */
export function tenantsOf (request: Pick<FastifyRequest, 'access'>): string[] | null {
  return accessOf(request).token.tenants
}

/** What a request may see of a tenant: who can only read sees no values of environment variables, which are where secrets are. */
export function visibleTo<T extends { env: Record<string, string> }> (request: Pick<FastifyRequest, 'access'>, thing: T): T {
  return permits(accessOf(request).token.scope, 'operate') ? thing : withoutValues(thing)
}

/** What a request may see of what all tenants share: the values of its environment variables are nothing for who may see some tenants only. */
export function sharedVisibleTo<T extends { env: Record<string, string> }> (request: Pick<FastifyRequest, 'access'>, thing: T): T {
  return tenantsOf(request) === null ? visibleTo(request, thing) : withoutValues(thing)
}

function withoutValues<T extends { env: Record<string, string> }> (thing: T): T {
  return { ...thing, env: Object.fromEntries(Object.keys(thing.env).map(name => [name, MASK])) }
}

/** Throws forbidden_scope. */
export function requireScope ({ scope }: Pick<Token, 'scope'>, needed: Scope): void {
  if (permits(scope, needed)) return
  throw new Problem('forbidden_scope', `This needs a token with the scope "${needed}"; yours has "${scope}".`)
}

/** Throws forbidden_tenants. */
export function requireUnlimited ({ tenants }: Pick<Token, 'tenants'>): void {
  if (tenants === null) return
  throw new Problem('forbidden_tenants', 'This is about the whole installation; your token is limited to some tenants.')
}

/** Whether what a request's path names is the token's to see. Throws tenant_not_found, as for one that there is not, or forbidden_tenants. */
export async function requireReach (db: Queryable, { params, routeOptions }: Pick<FastifyRequest, 'params' | 'routeOptions'>, { tenants }: Token): Promise<void> {
  if (tenants === null || routeOptions.config.limited === true) return
  const { tenant } = params as { tenant?: string }
  if (tenant === undefined || !(routeOptions.url ?? '').includes('/tenants/:tenant')) return requireUnlimited({ tenants })
  const column = isTenantId(tenant) ? 'id' : 'slug'
  const { rowCount } = await db.query(`SELECT FROM tenants WHERE ${column} = $1 AND id = ANY($2)`, [tenant, tenants])
  if (rowCount === 0) throw tenantNotFound(tenant)
}
