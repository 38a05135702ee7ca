import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PoolClient } from '../database/pool.ts'
import { difference, masked } from '../audit/audit-entry.ts'
import { Problem } from '../errors.ts'
import { appendEvent } from '../tenants/event-store.ts'
import type { NewEvent } from '../tenants/event-store.ts'
import { changeTenant, findTenant, lockTenant, tenantNotFound } from '../tenants/tenant-store.ts'
import type { TenantChange } from '../tenants/tenant-store.ts'
import type { Tenant } from '../tenants/tenant.ts'
import type { ApiOptions } from './api-options.ts'
import type { AuditNote } from './audit-trail.ts'
import { untilGone } from './client.ts'
import { entityTag, requireMatch } from './entity-tag.ts'
import { once } from './idempotency.ts'
import { tenantBody, tenantLocation } from './representation.ts'
import { awaitSettled } from './wait.ts'
import type { Target } from './wait.ts'

/** What a mutation of a tenant came to: what its answer is computed from, now and for repeats with its Idempotency-Key. */
export interface Outcome extends Target {
  /** Status when it settled. 202 when it has not. */
  status: 200 | 201 | 204
}

/** What is asked for: what changes of the tenant, and what its events say of it. */
export interface Decision { change: TenantChange, event: NewEvent }

/** Which tenant is to be changed, and the state of it that this was decided by. */
interface Change { params: { tenant: string }, headers: { 'if-match'?: string | undefined } }

type Work = (tx: PoolClient, note: AuditNote) => Promise<Outcome>

/** Runs a mutation once, holds for as long as the request says, and answers with the tenant as it is then. */
export async function answerMutation (options: ApiOptions, request: FastifyRequest, reply: FastifyReply, work: Work): Promise<FastifyReply> {
  const outcome = await once(options.pool, request, work)
  const { wait = 0 } = request.query as { wait?: number }
  const settling = await awaitSettled(options, outcome, wait, untilGone(reply, options.closing))
  if (settling.kind === 'gone') {
    if (outcome.generation !== null) throw tenantNotFound(outcome.tenantId)
    return reply.code(204).send()
  }
  const { tenant } = settling
  const status = settling.kind === 'settled' ? outcome.status : 202
  if (status === 204) return reply.code(status).send()
  if (status !== 200) reply.header('location', tenantLocation(tenant.id))
  return reply.code(status).header('etag', entityTag(tenant.generation)).send(tenantBody(tenant, options.config.publicUrl))
}

/**
 * One change of an existing tenant: `decide` sees it locked and returns what to change, or null when it is so already. Its event
 * is written in the same transaction.
 * Throws tenant_not_found, tenant_deleting, precondition_failed, and what `decide` throws.
 */
export function changing (
  request: Change, decide: (tenant: Tenant, tx: PoolClient) => Decision | null | Promise<Decision | null>, status: Outcome['status'] = 200
): Work {
  return async (tx, note) => {
    const tenant = await lockTenant(tx, request.params.tenant)
    about(note, tenant)
    if (tenant.wanted === 'deleted') throw new Problem('tenant_deleting', `The tenant "${tenant.slug}" is being deleted; it does not change any more.`)
    requireMatch(request.headers['if-match'], tenant.generation)
    const decision = await decide(tenant, tx)
    if (decision !== null) {
      await changeTenant(tx, tenant.id, decision.change)
      await appendEvent(tx, tenant.id, decision.event)
      note.status = 202
      Object.assign(note, difference(stateOf(tenant), stateOf(await findTenant(tx, tenant.id) ?? tenant)))
    }
    return { tenantId: tenant.id, generation: tenant.generation + (decision === null ? 0 : 1), status }
  }
}

/** The end of a tenant; once more is fine. Throws tenant_not_found or precondition_failed. */
export function deleting (request: Change): Work {
  return async (tx, note) => {
    const tenant = await lockTenant(tx, request.params.tenant)
    about(note, tenant)
    note.status = 202
    if (tenant.wanted !== 'deleted') {
      requireMatch(request.headers['if-match'], tenant.generation)
      note.before = masked(stateOf(tenant))
      await changeTenant(tx, tenant.id, { wanted: 'deleted' })
      await appendEvent(tx, tenant.id, { reason: 'DeletionRequested', message: 'The tenant is to be deleted, with all that is its.' })
    }
    return { tenantId: tenant.id, generation: null, status: 204 }
  }
}

/** What was there to be wanted of a tenant, as the audit log compares it. */
export function stateOf ({ slug, name, wanted, release, strategy, env, resources, limits, restarts, domains, generation }: Tenant): object {
  return { slug, name, wanted, release, strategy, env, resources, limits, restarts, domains, generation }
}

function about (note: AuditNote, { id, slug }: Tenant): void {
  note.target = { kind: 'tenant', id, name: slug }
  note.tenantId = id
}
