import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { ACTOR_KINDS } from '../audit/audit-entry.ts'
import type { AuditEntry } from '../audit/audit-entry.ts'
import { entriesAfter, entriesBefore } from '../audit/audit-store.ts'
import type { AuditFilter } from '../audit/audit-store.ts'
import type { Pool } from '../database/pool.ts'
import type { ApiOptions } from './api-options.ts'
import { untilGone } from './client.ts'
import { page, readCursor } from './cursor.ts'
import { answer, problemAnswers } from './responses.ts'
import { DateTime, DEFAULT_PAGE_LIMIT, EXAMPLE_TIME, named, nullable, PAGE_QUERY, pageOf } from './schemas.ts'

const LIST = 'audit'
const EXPORT_BATCH = 100

const Filtered = Type.String({ minLength: 1, maxLength: 253 })
const FILTERS = {
  actor: Type.Optional(Type.String({ ...Filtered, description: `id or name of a token, or one of ${ACTOR_KINDS.join(', ')}` })),
  action: Type.Optional(Type.String({ ...Filtered, description: 'such as tenant.create, or tenant for all that begin so' })),
  tenant: Type.Optional(Type.String({ ...Filtered, description: 'id or slug, also of one that is gone' })),
  target: Type.Optional(Type.String({ ...Filtered, description: 'id or name of what was changed' })),
  from: Type.Optional(Type.String({ format: 'date-time', description: 'at this time or later' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'before this time' }))
}
const AuditQuery = Type.Object({ ...PAGE_QUERY, ...FILTERS }, { additionalProperties: false })
const ExportQuery = Type.Object(FILTERS, { additionalProperties: false })

const State = nullable(Type.Record(Type.String(), Type.Unknown()))

export const AuditEntryBody = Type.Object({
  id: Type.String({ description: 'a number that grows' }),
  at: DateTime,
  actor: Type.Object({
    kind: Type.Enum([...ACTOR_KINDS]),
    tokenId: nullable(Type.String()),
    name: Type.String({ description: 'of the token' })
  }),
  action: Type.String(),
  method: Type.String(),
  path: Type.String(),
  status: Type.Integer({ description: 'of the answer; 202 for what was changed and comes about later' }),
  target: nullable(Type.Object({ kind: Type.String(), id: Type.String(), name: nullable(Type.String()) })),
  tenantId: nullable(Type.String()),
  address: Type.String({ description: 'of the client' }),
  requestId: Type.String(),
  before: State,
  after: State
}, {
  $id: 'AuditEntry',
  description: 'before and after have what differs, with the values of environment variables masked; both are null where nothing was changed.',
  examples: [{
    id: '1207',
    at: EXAMPLE_TIME,
    actor: { kind: 'token', tokenId: 'tk_7h3k9d0a2m5x', name: 'deploys of the shop' },
    action: 'tenant.deploy',
    method: 'POST',
    path: '/v1/tenants/acme/deploy',
    status: 202,
    target: { kind: 'tenant', id: 'tn_4k2m9x0q7c1b', name: 'acme' },
    tenantId: 'tn_4k2m9x0q7c1b',
    address: '192.0.2.7',
    requestId: '0b1f8a5e-6c0d-4a6e-9f55-6d2b8c1e7a90',
    before: { release: '2025.9', generation: 3 },
    after: { release: '2026.1', generation: 4 }
  }]
})

export const audit: FastifyPluginAsyncTypebox<ApiOptions> = async (app, { pool, closing }) => {
  app.get('/audit', {
    config: { scope: 'admin' },
    schema: {
      operationId: 'listAudit',
      summary: 'Lists who asked for which change, newest first, also of those that were refused',
      tags: ['access'],
      querystring: AuditQuery,
      response: { 200: answer('A page', pageOf(named(AuditEntryBody))), ...problemAnswers('invalid_cursor', 'validation_failed') }
    }
  }, async request => {
    const { limit = DEFAULT_PAGE_LIMIT, cursor, ...filter } = request.query
    const found = await entriesBefore(pool, filter, readCursor(LIST, cursor), limit + 1)
    const items = found.slice(0, limit)
    return page(LIST, items.map(auditEntryBody), found.length > limit ? items.at(-1)?.id ?? null : null)
  })

  app.get('/audit/export', {
    config: { scope: 'admin' },
    exposeHeadRoute: false,
    schema: {
      operationId: 'exportAudit',
      summary: 'Gives the whole audit log, or what a filter leaves of it, oldest first: a JSON object a line',
      tags: ['access'],
      querystring: ExportQuery,
      response: {
        200: { description: 'NDJSON', content: { 'application/x-ndjson': { schema: Type.String() } } },
        ...problemAnswers('validation_failed')
      }
    }
  }, async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'content-disposition': 'attachment; filename="berth-audit.ndjson"' }).type('application/x-ndjson')
    // A string is what its schema says; a stream does not pass through the serializer.
    return reply.send(Readable.from(exportLines(pool, request.query, untilGone(reply, closing)), { objectMode: false }) as unknown as string)
  })
}

/** Lines of all entries, oldest first. The next are read only when the client took those before, so that any number of them take little memory. */
export async function * exportLines (pool: Pool, filter: AuditFilter, signal: AbortSignal): AsyncGenerator<string> {
  for (let after = 0; !signal.aborted;) {
    const entries = await entriesAfter(pool, filter, after, EXPORT_BATCH)
    if (entries.length > 0) yield entries.map(entry => `${JSON.stringify(auditEntryBody(entry))}\n`).join('')
    if (entries.length < EXPORT_BATCH) return
    after = (entries.at(-1) as AuditEntry).id
  }
}

function auditEntryBody ({ id, at, ...entry }: AuditEntry): Static<typeof AuditEntryBody> {
  return { id: String(id), at: at.toISOString(), ...entry } as Static<typeof AuditEntryBody>
}
