import type { Queryable } from '../database/pool.ts'

export type EventLevel = 'info' | 'warning' | 'error'

/** Something that happened to a tenant. `data.output` holds the last lines of a container, where it is about one. */
export interface TenantEvent {
  id: number
  at: Date
  level: EventLevel
  reason: string
  message: string
  data: Record<string, unknown> | null
}

export interface NewEvent {
  level?: EventLevel
  reason: string
  message: string
  data?: Record<string, unknown>
}

/** At most this many events are kept for a tenant. */
const KEPT_EVENTS = 1000

export async function appendEvent (db: Queryable, tenantId: string, event: NewEvent): Promise<void> {
  const { rows } = await db.query<{ id: number }>(`
    INSERT INTO events (tenant_id, level, reason, message, data)
    SELECT id, $2, $3, $4, $5 FROM tenants WHERE id = $1 RETURNING id`,
  [tenantId, event.level ?? 'info', event.reason, event.message, event.data === undefined ? null : JSON.stringify(event.data)])
  await db.query("SELECT pg_notify('berth_events', $1)", [tenantId])
  // Trims now and then, so that a tenant that fails for months does not fill the database.
  if (rows[0] !== undefined && rows[0].id % 100 === 0) {
    await db.query(`
      DELETE FROM events WHERE tenant_id = $1 AND id <=
        (SELECT id FROM events WHERE tenant_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1)`, [tenantId, KEPT_EVENTS])
  }
}

/** Events after `after`, oldest first. */
export async function eventsAfter (db: Queryable, tenantId: string, after: number, limit: number): Promise<TenantEvent[]> {
  const { rows } = await db.query<TenantEvent>(
    'SELECT id, at, level, reason, message, data FROM events WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3', [tenantId, after, limit])
  return rows
}

/** Events before `before`, newest first. */
export async function eventsBefore (db: Queryable, tenantId: string, before: number | null, limit: number): Promise<TenantEvent[]> {
  const { rows } = await db.query<TenantEvent>(`
    SELECT id, at, level, reason, message, data FROM events
    WHERE tenant_id = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`, [tenantId, before, limit])
  return rows
}
