import type { PoolClient, Queryable } from '../database/pool.ts'
import { Problem } from '../errors.ts'
import { WORKER_LOCK } from '../queue/presence.ts'
import { MAX_ATTEMPTS, retryInMs } from './webhook.ts'
import type { Delivery } from './webhook.ts'
import type { Attempt } from './send.ts'

/** Deliveries that have ended are kept for so long, and so many of a webhook. */
const KEPT = '30 days'
const KEPT_PER_WEBHOOK = 1000
/** So many may wait for one webhook; when more do, nobody will take them. */
const MAX_WAITING = 10_000

const COLUMNS = `
  d.id, d.position, d.webhook_id AS "webhookId", d.type, d.body, d.state, d.attempts, d.due_at AS "dueAt", d.created_at AS "createdAt", d.attempted_at AS "attemptedAt",
  d.duration_ms AS "durationMs", d.status, d.answer, d.error`

/** A delivery that this worker is to attempt, and where it goes. */
export interface Claim extends Delivery { url: string }

/**
 * Claims what is due for the worker `owner`: the longest due of each webhook, at most `perWebhook` of one, none of webhooks in `busy`, nor of deliveries that are `underWay` here. As with the leases of tenants (queue/lease-store.ts) a claim
 * holds as long as its owner is present: one of a worker that was killed is free at once.
 */
export async function claimDeliveries (db: Queryable, owner: number, { busy, underWay, perWebhook }: { busy: string[], underWay: string[], perWebhook: number }): Promise<Claim[]> {
  const { rows } = await db.query<Claim>(`
    WITH due AS MATERIALIZED (
      SELECT one.id, w.url FROM webhooks w CROSS JOIN LATERAL (
        SELECT id FROM webhook_deliveries
        WHERE webhook_id = w.id AND state = 'pending' AND due_at <= now() AND CASE WHEN owner IS NULL THEN true WHEN owner = $1 THEN id <> ALL($5) ELSE pg_try_advisory_xact_lock($4, owner) END
        ORDER BY due_at, position LIMIT $3 FOR UPDATE SKIP LOCKED) one
      WHERE w.state = 'active' AND w.id <> ALL($2))
    UPDATE webhook_deliveries d SET owner = $1 FROM due WHERE d.id = due.id RETURNING ${COLUMNS}, due.url`, [owner, busy, perWebhook, WORKER_LOCK, underWay])
  return rows.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
}

/** What came of an attempt. */
export type Result = 'delivered' | 'retried' | 'failed'

/**
 * Records an attempt, and decides what follows: done, again later, or given up. A webhook that is gone (410), or that took nothing while a delivery came to its last attempt, is disabled.
 * Null, and nothing is written, when the claim was lost.
 */
export async function recordAttempt (tx: PoolClient, claim: Claim, owner: number, attempt: Attempt, durationMs: number): Promise<Result | null> {
  const delivered = attempt.kind === 'answered' && attempt.status >= 200 && attempt.status < 300
  const retryMs = delivered ? null : retryInMs(claim.attempts + 1)
  const result = delivered ? 'delivered' : retryMs === null ? 'failed' : 'retried'
  const { rowCount } = await tx.query(`
    UPDATE webhook_deliveries SET owner = NULL, attempts = attempts + 1, attempted_at = now(), duration_ms = $3, status = $4, answer = $5, error = $6, state = $7,
      due_at = now() + coalesce($8::float8, 0) * interval '1 ms'
    WHERE id = $1 AND owner = $2`,
  [claim.id, owner, Math.round(durationMs), attempt.kind === 'answered' ? attempt.status : null, attempt.kind === 'answered' ? attempt.answer : null, errorOf(attempt, delivered),
    result === 'retried' ? 'pending' : result, retryMs])
  if (rowCount === 0) return null
  if (delivered) {
    await tx.query('UPDATE webhooks SET failures = 0, failing_since = NULL, last_delivery_at = now() WHERE id = $1', [claim.webhookId])
    return result
  }
  await tx.query('UPDATE webhooks SET failures = failures + 1, failing_since = coalesce(failing_since, now()) WHERE id = $1', [claim.webhookId])
  if (attempt.kind === 'answered' && attempt.status === 410) await disable(tx, claim.webhookId, 'Its receiver answered 410: it is gone.')
  else if (result === 'failed') {
    await disable(tx, claim.webhookId, `It took nothing while a delivery was attempted ${MAX_ATTEMPTS} times, over about a day.`, claim.createdAt)
  }
  return result
}

function errorOf (attempt: Attempt, delivered: boolean): string | null {
  if (attempt.kind === 'failed') return attempt.error
  if (delivered) return null
  return attempt.status >= 300 && attempt.status < 400 ? `It answered ${attempt.status}; redirects are not followed.` : `It answered ${attempt.status}.`
}

/** Disables a webhook; with `unlessTakenSince` only when it has taken nothing since then. */
async function disable (db: Queryable, id: string, reason: string, unlessTakenSince: Date | null = null): Promise<void> {
  await db.query(`
    UPDATE webhooks SET state = 'disabled', disabled_reason = $2
    WHERE id = $1 AND state = 'active' AND ($3::timestamptz IS NULL OR last_delivery_at IS NULL OR last_delivery_at < $3)`, [id, reason, unlessTakenSince])
}

/** Frees what this worker claimed and did not attempt. */
export async function releaseClaims (db: Queryable, owner: number): Promise<void> {
  await db.query("UPDATE webhook_deliveries SET owner = NULL WHERE owner = $1 AND state = 'pending'", [owner])
}

/** Forgets old deliveries, and disables webhooks for which too many wait. */
export async function pruneDeliveries (db: Queryable): Promise<void> {
  await db.query(`
    DELETE FROM webhook_deliveries d USING (
      SELECT w.id, (SELECT position FROM webhook_deliveries WHERE webhook_id = w.id AND state <> 'pending' ORDER BY position DESC OFFSET $2 LIMIT 1) AS last FROM webhooks w) old
    WHERE d.webhook_id = old.id AND d.state <> 'pending' AND (d.position <= old.last OR d.created_at < now() - $1::interval)`, [KEPT, KEPT_PER_WEBHOOK])
  const { rows } = await db.query<{ id: string }>(
    "SELECT webhook_id AS id FROM webhook_deliveries WHERE state = 'pending' GROUP BY 1 HAVING count(*) > $1", [MAX_WAITING])
  for (const { id } of rows) {
    await disable(db, id, `More than ${MAX_WAITING} deliveries waited for it; the oldest were given up.`)
    await db.query(`
      DELETE FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'pending' AND position <=
        (SELECT position FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'pending' ORDER BY position DESC OFFSET $2 LIMIT 1)`, [id, MAX_WAITING])
  }
}

/** Newest first. */
export async function listDeliveries (db: Queryable, webhookId: string, before: number | null, limit: number): Promise<{ items: Delivery[], next: number | null }> {
  const { rows } = await db.query<Delivery & { position: number }>(`
    SELECT ${COLUMNS} FROM webhook_deliveries d WHERE webhook_id = $1 AND ($2::bigint IS NULL OR position < $2) ORDER BY position DESC LIMIT $3`, [webhookId, before, limit + 1])
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? items.at(-1)?.position ?? null : null }
}

/** Throws delivery_not_found. */
export async function requireDelivery (db: Queryable, webhookId: string, id: string): Promise<Delivery> {
  const { rows: [row] } = await db.query<Delivery>(`SELECT ${COLUMNS} FROM webhook_deliveries d WHERE webhook_id = $1 AND id = $2`, [webhookId, id])
  if (row === undefined) throw new Problem('delivery_not_found', `The webhook has no delivery "${id.slice(0, 64)}".`)
  return row
}

/** Wants a delivery attempted again, now, with as many attempts as a new one. */
export async function redeliver (tx: PoolClient, id: string): Promise<void> {
  await tx.query("UPDATE webhook_deliveries SET state = 'pending', due_at = now(), attempts = 0 WHERE id = $1", [id])
  await tx.query("SELECT pg_notify('berth_webhooks', '')")
}

/** Adds a delivery that tells of nothing but itself. Returns its id. */
export async function insertTest (tx: PoolClient, webhookId: string): Promise<string> {
  const body = JSON.stringify({ type: 'webhook.Test', timestamp: new Date().toISOString(), data: { webhook: { id: webhookId } } })
  const { rows: [row] } = await tx.query<{ id: string }>(
    "INSERT INTO webhook_deliveries (id, webhook_id, type, body) VALUES (webhook_delivery_id(), $1, 'webhook.Test', $2) RETURNING id", [webhookId, body])
  await tx.query("SELECT pg_notify('berth_webhooks', '')")
  return row?.id as string
}

/** Deliveries that wait, by whether their webhook is active. */
export async function countWaiting (db: Queryable): Promise<number> {
  const { rows: [row] } = await db.query<{ count: number }>("SELECT count(*) AS count FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE d.state = 'pending' AND w.state = 'active'")
  return row?.count ?? 0
}
