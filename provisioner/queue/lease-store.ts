import type { Queryable } from '../database/pool.ts'
import { WORKER_LOCK } from './presence.ts'

/**
 * The table `work` says when to look at each tenant, and who does.
 *
 *   due_at     when it is to be looked at; `infinity`: when somebody asks
 *   requests   counts what asked; a pass that finds it changed at its end is followed by another at once
 *   owner      the number of the worker that has the lease, or null
 *   epoch      grows with every lease; every write of a pass names the epoch of its lease and does nothing under another
 *   attempts   errors in a row, for the back-off
 *
 * A lease has no clock. It is held while its owner holds the advisory lock (WORKER_LOCK, owner), which PostgreSQL frees
 * when the owner's connection ends. To ask whether an owner lives is to try that lock, for as long as the claim's
 * transaction takes.
 */
export interface Lease {
  /** Of a proof the release's id. */
  tenantId: string
  epoch: number
  attempts: number
  requests: number
}

/** Where leases are kept: `work` of tenants, or another table with the same columns. */
export interface LeaseTable { table: 'work' | 'proofs', key: 'tenant_id' | 'release_id' }

const TENANTS: LeaseTable = { table: 'work', key: 'tenant_id' }

/** Leases up to `limit` tenants that are due, for the worker `owner`, the longest due first. */
export async function claimLeases (db: Queryable, owner: number, limit: number, { table, key }: LeaseTable = TENANTS): Promise<Lease[]> {
  const { rows } = await db.query<Lease>(`
    WITH due AS MATERIALIZED (
      SELECT ${key} FROM ${table}
      WHERE due_at <= now() AND CASE WHEN owner IS NULL THEN true ELSE pg_try_advisory_xact_lock($3, owner) END
      ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    UPDATE ${table} SET owner = $1, epoch = epoch + 1 FROM due WHERE ${table}.${key} = due.${key}
    RETURNING ${table}.${key} AS "tenantId", ${table}.epoch, ${table}.attempts, ${table}.requests`, [owner, limit, WORKER_LOCK])
  return rows
}

/** Ends a lease. `nextInMs` null: look again when asked. `failed` counts an error. */
export async function releaseLease (db: Queryable, lease: Lease, next: { inMs: number | null, failed: boolean }, { table, key }: LeaseTable = TENANTS): Promise<void> {
  await db.query(`
    UPDATE ${table} SET owner = NULL, attempts = CASE WHEN $5 THEN attempts + 1 ELSE 0 END,
      due_at = CASE WHEN requests <> $3 THEN now() WHEN $4::float8 IS NULL THEN 'infinity' ELSE now() + $4 * interval '1 ms' END
    WHERE ${key} = $1 AND epoch = $2`, [lease.tenantId, lease.epoch, lease.requests, next.inMs, next.failed])
}

/** Asks for those of the tenants that nobody looks at now. Returns how many there were. */
export async function requestIdle (db: Queryable, tenantIds: string[]): Promise<number> {
  const { rowCount } = await db.query(
    'UPDATE work SET due_at = now(), requests = requests + 1 WHERE tenant_id = ANY($1) AND due_at > now()', [tenantIds])
  if (rowCount !== 0) await db.query("SELECT pg_notify('berth_work', '')")
  return rowCount ?? 0
}

/** Lets those that wait after an error be tried again now: what they stumbled over may be back. */
export async function hastenRetries (db: Queryable): Promise<void> {
  const { rowCount } = await db.query("UPDATE work SET due_at = now() WHERE attempts > 0 AND due_at > now() AND due_at <> 'infinity'")
  if (rowCount !== 0) await db.query("SELECT pg_notify('berth_work', '')")
}
