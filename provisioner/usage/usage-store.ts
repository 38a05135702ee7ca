import type { UsageRecord } from '../../gateway/usage-record.ts'
import type { PoolClient, Queryable } from '../database/pool.ts'
import { HOURS_KEPT, MINUTES_KEPT, NOTHING } from './usage.ts'
import type { UsedInMinute } from './usage.ts'

/** How long a gateway process is remembered that wrote nothing: longer than its records can be on their way. */
const SOURCES_KEPT = '7 days'
/** Rows that one run removes at the most, so that it comes to an end. */
const PRUNE_MAX = 200_000

/**
 * Adds to what tenants used, by the minute and by the hour. A minute that is too old to be kept counts by the hour alone; one that lies ahead
 * (of a gateway whose clock is wrong) is the present one. Tenants that never were are left out.
 */
export async function addUsage (tx: PoolClient, used: readonly UsedInMinute[]): Promise<void> {
  if (used.length === 0) return
  // pg has no arrays of arrays of different lengths: counts by bucket travel as text.
  await tx.query(`
    WITH given AS MATERIALIZED (
      SELECT g.tenant_id, least(to_timestamp(g.minute * 60), date_trunc('minute', now())) AS at, requests, errors, bytes_in, bytes_out, latency::bigint[] AS latency,
             cpu_us, memory_byte_seconds, memory_seconds, database_byte_seconds, database_seconds
      FROM unnest($1::text[], $2::float8[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[], $9::numeric[], $10::bigint[], $11::numeric[], $12::bigint[])
        AS g (tenant_id, minute, requests, errors, bytes_in, bytes_out, latency, cpu_us, memory_byte_seconds, memory_seconds, database_byte_seconds, database_seconds)
      WHERE EXISTS (SELECT FROM usage_tenants t WHERE t.tenant_id = g.tenant_id)),
    minutes AS (${adding('usage_minutes', 'minute', MINUTES_KEPT * 60)})
    ${adding('usage_hours', 'hour', HOURS_KEPT * 3600)}`,
  [
    used.map(row => row.tenantId), used.map(row => row.minute), used.map(row => row.requests), used.map(row => row.errors), used.map(row => row.bytesIn), used.map(row => row.bytesOut),
    used.map(row => `{${row.latency.join(',')}}`), used.map(row => Math.round(row.cpuUs)), used.map(row => Math.round(row.memoryByteSeconds)), used.map(row => row.memorySeconds),
    used.map(row => Math.round(row.databaseByteSeconds)), used.map(row => row.databaseSeconds)
  ])
}

const SUMS = ['requests', 'errors', 'bytes_in', 'bytes_out', 'cpu_us', 'memory_byte_seconds', 'memory_seconds', 'database_byte_seconds', 'database_seconds']

function adding (table: string, unit: 'minute' | 'hour', keptSeconds: number): string {
  return `
    INSERT INTO ${table} AS kept (tenant_id, at, latency, ${SUMS.join(', ')})
    SELECT tenant_id, date_trunc('${unit}', at, 'UTC'), sum_counts(latency), ${SUMS.map(name => `sum(${name})`).join(', ')}
    FROM given WHERE at > now() - interval '${keptSeconds} seconds'
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (tenant_id, at) DO UPDATE SET latency = add_counts(kept.latency, excluded.latency), ${SUMS.map(name => `${name} = kept.${name} + excluded.${name}`).join(', ')}`
}

/** Adds a gateway's record, unless it was taken before. Returns whether it was new. */
export async function takeRecord (tx: PoolClient, { process, sequence, minute, tenants }: UsageRecord): Promise<boolean> {
  const { rowCount } = await tx.query(`
    INSERT INTO usage_sources AS known (process, sequence) VALUES ($1, $2)
    ON CONFLICT (process) DO UPDATE SET sequence = excluded.sequence, seen_at = now() WHERE known.sequence < excluded.sequence`, [process, sequence])
  if (rowCount === 0) return false
  await addUsage(tx, tenants.map(tenant => ({ ...NOTHING, ...tenant, minute })))
  return true
}

/** Removes what is older than it is kept. Returns how many rows. */
export async function pruneUsage (db: Queryable): Promise<number> {
  const minutes = await prune(db, 'usage_minutes', MINUTES_KEPT * 60)
  const hours = await prune(db, 'usage_hours', HOURS_KEPT * 3600)
  await db.query('DELETE FROM usage_sources WHERE seen_at < now() - $1::interval', [SOURCES_KEPT])
  if (hours > 0) {
    await db.query(`
      DELETE FROM usage_tenants u WHERE NOT EXISTS (SELECT FROM tenants t WHERE t.id = u.tenant_id) AND NOT EXISTS (SELECT FROM usage_hours h WHERE h.tenant_id = u.tenant_id)`)
  }
  return minutes + hours
}

async function prune (db: Queryable, table: string, keptSeconds: number): Promise<number> {
  const { rowCount } = await db.query(
    `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE at < now() - $1 * interval '1 second' LIMIT ${PRUNE_MAX}))`, [keptSeconds])
  return rowCount ?? 0
}
