import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { Problem } from '../errors.ts'
import { findTenant, tenantNotFound } from '../tenants/tenant-store.ts'
import { fill, hasMinutes, readSpan, STEP_MS } from '../usage/span.ts'
import { bills, usedByTenant } from '../usage/usage-query-store.ts'
import type { BillsQuery, Span } from '../usage/usage-query-store.ts'
import { tenantsOf } from './access.ts'
import type { ApiOptions } from './api-options.ts'
import { page, readCursor } from './cursor.ts'
import { answer, problemAnswers } from './responses.ts'
import { DateTime, DEFAULT_PAGE_LIMIT, named, pageOf, TenantParams } from './schemas.ts'
import { BillBody, billBody, billLine, BillsQueryInput, CSV_HEADER, TenantUsageQuery, UsagePoint, usagePoint } from './usage-schemas.ts'

const LIST = 'usage'
const CSV_PAGE = 200
const THIRTY_DAYS_MS = 30 * STEP_MS.day

export const usage: FastifyPluginAsyncTypebox<ApiOptions> = async (app, { pool }) => {
  app.get('/tenants/:tenant/usage', {
    config: { scope: 'read' },
    schema: {
      operationId: 'getTenantUsage',
      summary: 'Shows what a tenant used, by the minute or by the hour',
      description: 'Gateways tell of requests once a minute, when they have ended. The last minute may be missing, and what a gateway counted that was killed.',
      tags: ['usage'],
      params: TenantParams,
      querystring: TenantUsageQuery,
      response: {
        200: answer('Every minute or hour from `from` to `to`', Type.Object({ from: DateTime, to: DateTime, step: Type.Enum(['minute', 'hour']), points: Type.Array(named(UsagePoint)) })),
        ...problemAnswers('validation_failed', 'tenant_not_found')
      }
    }
  }, async ({ params, query }) => {
    const tenant = await findTenant(pool, params.tenant)
    if (tenant === null) throw tenantNotFound(params.tenant)
    const step = query.step ?? (query.from === undefined || hasMinutes(query.from) ? 'minute' : 'hour')
    const span = requireSpan(query, step, STEP_MS.day)
    const known = await usedByTenant(pool, tenant.id, span, step)
    return { from: span.from.toISOString(), to: span.to.toISOString(), step, points: fill(span, step, known).map(({ at, value }) => usagePoint(at, value)) }
  })

  app.get('/usage', {
    config: { scope: 'read', limited: true },
    exposeHeadRoute: false,
    schema: {
      operationId: 'listUsage',
      summary: 'Lists what tenants used, for bills: sums over a span, or over each hour or day of it',
      description: 'With those that were deleted meanwhile. Hours are kept for 90 days: a span that begins before is refused. As JSON page by page (`limit` counts tenants); as CSV, with "Accept: text/csv" or format=csv, all of them at once. The last 30 days, when no span is named.',
      tags: ['usage'],
      querystring: BillsQueryInput,
      response: {
        200: { description: 'A page, or all as CSV', content: { 'application/json': { schema: pageOf(named(BillBody)) }, 'text/csv': { schema: Type.String() } } },
        ...problemAnswers('invalid_cursor', 'validation_failed')
      }
    }
  }, async (request, reply) => {
    const { limit = DEFAULT_PAGE_LIMIT, cursor, step = null, format } = request.query
    const wanted = { ...requireSpan(request.query, step ?? 'hour', THIRTY_DAYS_MS), step, tenants: tenantsOf(request) }
    if (format === 'csv' || (format === undefined && wantsCsv(request.headers.accept))) {
      reply.type('text/csv; charset=utf-8; header=present').header('content-disposition', `attachment; filename="usage-${wanted.from.toISOString().slice(0, 10)}.csv"`)
      // Its type is that of a page: lines do not pass through the serializer.
      return (reply as FastifyReply).send(Readable.from(csv(wanted), { objectMode: false }))
    }
    const { items, next } = await bills(pool, { ...wanted, after: readCursor(LIST, cursor) ?? 0, limit })
    return page(LIST, items.map(billBody), next)
  })

  async function * csv (wanted: Omit<BillsQuery, 'after' | 'limit'>): AsyncGenerator<string> {
    yield CSV_HEADER
    for (let after: number | null = 0; after !== null;) {
      const { items, next }: Awaited<ReturnType<typeof bills>> = await bills(pool, { ...wanted, after, limit: CSV_PAGE })
      yield items.map(bill => billLine(billBody(bill))).join('')
      after = next
    }
  }
}

function wantsCsv (accept: string | undefined): boolean {
  return /(?:^|,)\s*text\/csv\b/i.test(accept ?? '')
}

function requireSpan (query: { from?: string | undefined, to?: string | undefined }, step: keyof typeof STEP_MS, defaultMs: number): Span {
  const span = readSpan(query, step, defaultMs)
  if (!('end' in span)) return span
  throw new Problem('validation_failed', `The span is not one that there are numbers of: ${span.detail}.`, { invalidParams: [{ pointer: `/${span.end}`, detail: span.detail }] })
}
