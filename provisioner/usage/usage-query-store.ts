import type { Queryable } from '../database/pool.ts'
import type { Used } from './usage.ts'

export type Step = 'minute' | 'hour'

/** From when, and until when, that not included. */
export interface Span { from: Date, to: Date }

export interface UsedAt extends Used { at: Date }

const SUMS = `
  sum(requests)::float8 AS requests, sum(errors)::float8 AS errors, sum(bytes_in)::float8 AS "bytesIn", sum(bytes_out)::float8 AS "bytesOut", sum_counts(latency)::float8[] AS latency,
  sum(cpu_us)::float8 AS "cpuUs", sum(memory_byte_seconds)::float8 AS "memoryByteSeconds", sum(memory_seconds)::float8 AS "memorySeconds",
  sum(database_byte_seconds)::float8 AS "databaseByteSeconds", sum(database_seconds)::float8 AS "databaseSeconds"`

function tableOf (step: Step): string {
  return step === 'minute' ? 'usage_minutes' : 'usage_hours'
}

/** What a tenant used by the minute or the hour, oldest first; steps of which nothing is known are left out. */
export async function usedByTenant (db: Queryable, tenantId: string, { from, to }: Span, step: Step): Promise<UsedAt[]> {
  const { rows } = await db.query<UsedAt>(`SELECT at, ${SUMS} FROM ${tableOf(step)} WHERE tenant_id = $1 AND at >= $2 AND at < $3 GROUP BY at ORDER BY at`, [tenantId, from, to])
  return rows
}

/** What a tenant is to be billed: in the whole span (`at` is null), or in an hour or a day of it. */
export interface Bill extends Omit<Used, 'latency'> {
  tenantId: string
  slug: string
  name: string
  position: number
  deleted: boolean
  at: Date | null
}

export interface BillsQuery extends Span {
  step: 'hour' | 'day' | null
  /** Of these tenants only; null: of all. */
  tenants: string[] | null
  after: number
  limit: number
}

/** What tenants used, by the hour's sums, with those that are gone: all of each of at most `limit` tenants, in the order of their creation. */
export async function bills (db: Queryable, { from, to, step, tenants, after, limit }: BillsQuery): Promise<{ items: Bill[], next: number | null }> {
  const at = step === null ? 'NULL::timestamptz' : `date_trunc('${step}', h.at, 'UTC')`
  const { rows: page } = await db.query<{ tenantId: string, position: number }>(`
    SELECT tenant_id AS "tenantId", position FROM usage_tenants u
    WHERE position > $1 AND ($2::text[] IS NULL OR tenant_id = ANY($2)) AND EXISTS (SELECT FROM usage_hours h WHERE h.tenant_id = u.tenant_id AND h.at >= $3 AND h.at < $4)
    ORDER BY position LIMIT $5`, [after, tenants, from, to, limit + 1])
  const chosen = page.slice(0, limit)
  const { rows: items } = await db.query<Bill>(`
    SELECT u.tenant_id AS "tenantId", u.slug, u.name, u.position, t.id IS NULL AS deleted, ${at} AS at, ${SUMS}
    FROM usage_tenants u JOIN usage_hours h ON h.tenant_id = u.tenant_id LEFT JOIN tenants t ON t.id = u.tenant_id
    WHERE u.tenant_id = ANY($1) AND h.at >= $2 AND h.at < $3
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY u.position, 6`, [chosen.map(({ tenantId }) => tenantId), from, to])
  return { items, next: page.length > limit ? chosen.at(-1)?.position ?? null : null }
}

export interface Traffic { at: Date, requests: number, errors: number }

/** Requests and errors of tenants together by the hour; null: of all tenants. */
export async function traffic (db: Queryable, { from, to }: Span, tenants: string[] | null): Promise<Traffic[]> {
  const { rows } = await db.query<Traffic>(`
    SELECT at, sum(requests)::float8 AS requests, sum(errors)::float8 AS errors FROM usage_hours
    WHERE at >= $1 AND at < $2 AND ($3::text[] IS NULL OR tenant_id = ANY($3)) GROUP BY at ORDER BY at`, [from, to, tenants])
  return rows
}
