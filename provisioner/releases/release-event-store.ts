import type { Queryable } from '../database/pool.ts'
import type { NewEvent, TenantEvent } from '../tenants/event-store.ts'

/** Something that happened to a release while it was proven, in the form of a tenant's. */
export async function appendReleaseEvent (db: Queryable, releaseId: string, event: NewEvent): Promise<void> {
  await db.query(`
    INSERT INTO release_events (release_id, level, reason, message, data)
    SELECT id, $2, $3, $4, $5 FROM releases WHERE id = $1`,
  [releaseId, event.level ?? 'info', event.reason, event.message, event.data === undefined ? null : JSON.stringify(event.data)])
  await db.query("SELECT pg_notify('berth_events', $1)", [releaseId])
}

/** Events after `after`, oldest first. */
export async function releaseEventsAfter (db: Queryable, releaseId: string, after: number, limit: number): Promise<TenantEvent[]> {
  const { rows } = await db.query<TenantEvent>(
    'SELECT id, at, level, reason, message, data FROM release_events WHERE release_id = $1 AND id > $2 ORDER BY id LIMIT $3', [releaseId, after, limit])
  return rows
}

/** Events before `before`, newest first. */
export async function releaseEventsBefore (db: Queryable, releaseId: string, before: number | null, limit: number): Promise<TenantEvent[]> {
  const { rows } = await db.query<TenantEvent>(`
    SELECT id, at, level, reason, message, data FROM release_events
    WHERE release_id = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`, [releaseId, before, limit])
  return rows
}
