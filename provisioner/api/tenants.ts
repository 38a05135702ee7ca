import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from 'typebox'
import type { Hostname } from '../../gateway/hostname.ts'
import type { PoolClient } from '../database/pool.ts'
import { appendEvent } from '../tenants/event-store.ts'
import { addDomain } from '../tenants/domain-store.ts'
import { findTenant, insertTenant, listTenants, tenantNotFound } from '../tenants/tenant-store.ts'
import { tenantsOf, visibleTo } from './access.ts'
import { masked } from '../audit/audit-entry.ts'
import type { ApiOptions } from './api-options.ts'
import type { AuditNote } from './audit-trail.ts'
import { readSortedCursor, writeSortedCursor } from './cursor.ts'
import { entityTag } from './entity-tag.ts'
import { requireValidEnv } from './env.ts'
import { newOwnHost, requestedHost } from './hosts.ts'
import { tenantBody } from './representation.ts'
import { answer, BODY, ETAG, MUTATION, problemAnswers, TENANT_CHANGE, tenantAnswers } from './responses.ts'
import { DEFAULT_PAGE_LIMIT, MutationHeaders, named, pageOf, TenantBody, TenantChangeHeaders, TenantParams, WaitQuery } from './schemas.ts'
import { answerMutation, changing, deleting, stateOf } from './tenant-change.ts'
import type { Outcome } from './tenant-change.ts'
import { changeBy, NewTenantInput, TenantPatch, TenantsQuery } from './tenant-input.ts'

const LIST = 'tenants'

export const tenants: FastifyPluginAsyncTypebox<ApiOptions> = async (app, options) => {
  const { config, pool } = options

  app.post('/tenants', {
    config: { scope: 'operate', action: 'tenant.create' },
    schema: {
      operationId: 'createTenant',
      summary: 'Creates a tenant',
      description: 'Without a release it gets the newest usable one, and follows newer ones until it served. Its database is a copy of what the proof of the release made, so migrate is not run for it.',
      tags: ['tenants'],
      headers: MutationHeaders,
      querystring: WaitQuery,
      body: NewTenantInput,
      response: {
        ...tenantAnswers(201, 'Created, and settled'),
        ...problemAnswers(...BODY, ...MUTATION, 'invalid_wait', 'tenant_not_found', 'invalid_host', 'reserved_host', 'unknown_release', 'release_verifying', 'release_rejected', 'no_release', 'slug_taken', 'slug_being_freed', 'domain_taken', 'domain_being_freed')
      }
    }
  }, async (request, reply) => {
    const { body } = request
    requireValidEnv(body.env ?? {})
    const own = newOwnHost(body.slug, config.baseDomain)
    const hosts = (body.domains ?? []).map(text => requestedHost(text, body.slug, config.baseDomain))
    // In one order, so that two requests for the same hosts do not wait for each other.
    const others = [...new Set(hosts)].filter(host => host !== own).sort()
    return await answerMutation(options, request, reply, async (tx, note) => await create(tx, note, body, own, others))
  })

  app.get('/tenants', {
    config: { scope: 'read', limited: true },
    schema: {
      operationId: 'listTenants',
      summary: 'Lists tenants, oldest first unless asked for in another order',
      tags: ['tenants'],
      querystring: TenantsQuery,
      response: { 200: answer('A page', pageOf(named(TenantBody))), ...problemAnswers('invalid_cursor', 'validation_failed') }
    }
  }, async request => {
    const { limit = DEFAULT_PAGE_LIMIT, cursor, sort = 'created', ...filter } = request.query
    const list = `${LIST}/${sort}`
    const { items, next } = await listTenants(pool, { ...filter, limit, sort, ids: tenantsOf(request), after: readSortedCursor(list, cursor) })
    return { items: items.map(tenant => visibleTo(request, tenantBody(tenant, config.publicUrl))), nextCursor: next === null ? null : writeSortedCursor(list, next) }
  })

  app.get('/tenants/:tenant', {
    config: { scope: 'read' },
    schema: {
      operationId: 'getTenant',
      summary: 'Shows a tenant',
      tags: ['tenants'],
      params: TenantParams,
      response: { 200: { ...answer('The tenant', named(TenantBody)), headers: ETAG }, ...problemAnswers('tenant_not_found') }
    }
  }, async (request, reply) => {
    const tenant = await findTenant(pool, request.params.tenant)
    if (tenant === null) throw tenantNotFound(request.params.tenant)
    reply.header('etag', entityTag(tenant.generation))
    return visibleTo(request, tenantBody(tenant, config.publicUrl))
  })

  app.patch('/tenants/:tenant', {
    config: { scope: 'operate', action: 'tenant.change' },
    schema: {
      operationId: 'changeTenant',
      summary: 'Changes the name, the environment, the resources or the limits of a tenant',
      description: 'With If-Match, the ETag of the tenant as it was read, the change is made only when nobody else changed it meanwhile; else the answer is 412. Other changes of a tenant take it too.',
      tags: ['tenants'],
      consumes: ['application/json', 'application/merge-patch+json'],
      headers: TenantChangeHeaders,
      params: TenantParams,
      querystring: WaitQuery,
      body: TenantPatch,
      response: {
        ...tenantAnswers(200, 'As it should be'),
        ...problemAnswers(...BODY, ...TENANT_CHANGE)
      }
    }
  }, async (request, reply) => {
    return await answerMutation(options, request, reply, changing(request, tenant => {
      const change = changeBy(request.body, tenant)
      return change === null ? null : { change, event: { reason: 'ChangeRequested', message: `To be changed: ${Object.keys(change).join(', ')}.`, data: { changed: Object.keys(change) } } }
    }))
  })

  app.delete('/tenants/:tenant', {
    config: { scope: 'admin', action: 'tenant.delete' },
    schema: {
      operationId: 'deleteTenant',
      summary: 'Deletes a tenant and all that is its',
      tags: ['tenants'],
      headers: TenantChangeHeaders,
      params: TenantParams,
      querystring: WaitQuery,
      response: {
        ...tenantAnswers(204, 'Gone'),
        ...problemAnswers(...MUTATION, 'invalid_wait', 'tenant_not_found', 'precondition_failed')
      }
    }
  }, async (request, reply) => await answerMutation(options, request, reply, deleting(request)))
}

async function create (tx: PoolClient, note: AuditNote, { slug, name, release, env, limits }: Static<typeof NewTenantInput>, own: Hostname, others: Hostname[]): Promise<Outcome> {
  const tenantId = await insertTenant(tx, { slug, name: name ?? slug, release: release ?? null, env: env ?? {}, limits: limits ?? {} })
  await addDomain(tx, tenantId, own, true)
  for (const host of others) await addDomain(tx, tenantId, host, false)
  await appendEvent(tx, tenantId, { reason: 'CreationRequested', message: `The tenant "${slug}" is to be made.`, data: { slug, domains: [own, ...others] } })
  const made = await findTenant(tx, tenantId)
  Object.assign(note, { target: { kind: 'tenant', id: tenantId, name: slug }, tenantId, after: made === null ? null : masked(stateOf(made)), status: 202 })
  return { tenantId, generation: 1, status: 201 }
}
