import { Type } from 'typebox'
import type { Static } from 'typebox'
import { average, NOTHING, percentiles } from '../usage/usage.ts'
import type { Used } from '../usage/usage.ts'
import type { Bill } from '../usage/usage-query-store.ts'
import { DateTime, EXAMPLE_TIME, nullable, PAGE_QUERY } from './schemas.ts'

const COUNTS = {
  requests: Type.Integer(),
  errors: Type.Integer({ description: 'requests that were answered with a 5xx' }),
  bytesIn: Type.Integer({ description: 'bytes of bodies to the tenant' }),
  bytesOut: Type.Integer({ description: 'bytes of bodies from the tenant' })
}

export const SPAN_QUERY = {
  from: Type.Optional(Type.String({ format: 'date-time' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'not included; now, when there is none' }))
}

export const TenantUsageQuery = Type.Object({
  ...SPAN_QUERY,
  step: Type.Optional(Type.Enum(['minute', 'hour'], { description: 'minutes are kept for a day, hours for 90 days: a span that begins before is refused; without a step it is minutes where they are kept' }))
}, { additionalProperties: false })

export const BillsQueryInput = Type.Object({
  ...PAGE_QUERY,
  ...SPAN_QUERY,
  step: Type.Optional(Type.Enum(['hour', 'day'], { description: 'one item for each hour or day (UTC) of a tenant; without it one for the whole span' })),
  format: Type.Optional(Type.Enum(['json', 'csv']))
}, { additionalProperties: false })

export const UsagePoint = Type.Object({
  at: DateTime,
  ...COUNTS,
  latency: nullable(Type.Object({ p50Ms: Type.Number(), p95Ms: Type.Number(), p99Ms: Type.Number() }, { description: 'of requests that were not WebSockets; at most a fifth off' })),
  cpuSeconds: nullable(Type.Number({ description: 'CPU time of its containers' })),
  memoryBytes: nullable(Type.Integer({ description: 'on average' })),
  databaseBytes: nullable(Type.Integer({ description: 'on average; looked at every quarter of an hour' }))
}, {
  $id: 'UsagePoint',
  description: 'null: not known',
  examples: [{
    at: EXAMPLE_TIME, requests: 1200, errors: 3, bytesIn: 48_000, bytesOut: 9_100_000, latency: { p50Ms: 12.4, p95Ms: 81.2, p99Ms: 240.7 }, cpuSeconds: 4.125, memoryBytes: 73_400_320, databaseBytes: 9_437_184
  }]
})

export const BillBody = Type.Object({
  tenantId: Type.String(),
  slug: Type.String(),
  name: Type.String(),
  deleted: Type.Boolean({ description: 'the tenant is gone' }),
  at: nullable(Type.String({ format: 'date-time', description: 'when the hour or the day began; null for the whole span' })),
  ...COUNTS,
  cpuSeconds: Type.Number(),
  memoryByteSeconds: Type.Number({ description: 'bytes of memory times the seconds that it had them' }),
  databaseByteHours: Type.Number({ description: 'bytes of its database times the hours that they were there' })
}, {
  $id: 'TenantUsage',
  examples: [{
    tenantId: 'tn_4k2m9x0q7c1b', slug: 'acme', name: 'Acme Ltd', deleted: false, at: null, requests: 1_728_000, errors: 41, bytesIn: 69_120_000, bytesOut: 13_104_000_000, cpuSeconds: 5940.5, memoryByteSeconds: 190_253_629_440_000, databaseByteHours: 6_794_772_480
  }]
})

export function usagePoint (at: Date, used: Used | null): Static<typeof UsagePoint> {
  const { requests, errors, bytesIn, bytesOut, latency, cpuUs, memoryByteSeconds, memorySeconds, databaseByteSeconds, databaseSeconds } = used ?? NOTHING
  return {
    at: at.toISOString(),
    requests,
    errors,
    bytesIn,
    bytesOut,
    latency: percentiles(latency),
    cpuSeconds: memorySeconds === 0 ? null : seconds(cpuUs),
    memoryBytes: average(memoryByteSeconds, memorySeconds),
    databaseBytes: average(databaseByteSeconds, databaseSeconds)
  }
}

export function billBody ({ tenantId, slug, name, deleted, at, requests, errors, bytesIn, bytesOut, cpuUs, memoryByteSeconds, databaseByteSeconds }: Bill): Static<typeof BillBody> {
  return {
    tenantId, slug, name, deleted, at: at?.toISOString() ?? null, requests, errors, bytesIn, bytesOut, cpuSeconds: seconds(cpuUs), memoryByteSeconds, databaseByteHours: Math.round(databaseByteSeconds / 3600)
  }
}

const CSV_FIELDS = ['tenantId', 'slug', 'name', 'deleted', 'at', 'requests', 'errors', 'bytesIn', 'bytesOut', 'cpuSeconds', 'memoryByteSeconds', 'databaseByteHours'] as const
export const CSV_HEADER = `${CSV_FIELDS.join(',')}\r\n`

/** A line of CSV (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe in front. */
export function billLine (bill: Static<typeof BillBody>): string {
  return `${CSV_FIELDS.map(field => csvField(String(bill[field] ?? ''))).join(',')}\r\n`
}

function csvField (text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function seconds (us: number): number {
  return Math.round(us / 1000) / 1000
}
