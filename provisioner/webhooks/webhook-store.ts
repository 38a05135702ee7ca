import type { PoolClient, Queryable } from '../database/pool.ts'
import { Problem } from '../errors.ts'
import { newWebhookId } from './webhook.ts'
import type { Webhook } from './webhook.ts'

const COLUMNS = `
  id, position, url, events, tenants, state, disabled_reason AS "disabledReason", created_at AS "createdAt", last_delivery_at AS "lastDeliveryAt"`
const MAX_WEBHOOKS = 50
const BY_HAND = 'It was disabled by hand.'

type Row = Webhook & { position: number }

/** Throws too_many_webhooks. */
export async function insertWebhook (tx: PoolClient, { url, events, tenants }: Pick<Webhook, 'url' | 'events' | 'tenants'>): Promise<string> {
  await tx.query('LOCK TABLE webhooks IN SHARE ROW EXCLUSIVE MODE')
  const id = newWebhookId()
  const { rowCount } = await tx.query('INSERT INTO webhooks (id, url, events, tenants) SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM webhooks) < $5', [id, url, events, tenants, MAX_WEBHOOKS])
  if (rowCount === 0) throw new Problem('too_many_webhooks', `There are ${MAX_WEBHOOKS} webhooks, as many as there may be; delete one first.`)
  return id
}

/** Oldest first, with the position to go on from. */
export async function listWebhooks (db: Queryable, after: number, limit: number): Promise<{ items: Webhook[], next: number | null }> {
  const { rows } = await db.query<Row>(`SELECT ${COLUMNS} FROM webhooks WHERE position > $1 ORDER BY position LIMIT $2`, [after, limit + 1])
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? items.at(-1)?.position ?? null : null }
}

/** Throws webhook_not_found. */
export async function requireWebhook (db: Queryable, id: string, lock: '' | 'FOR UPDATE' = ''): Promise<Webhook> {
  const { rows: [row] } = await db.query<Row>(`SELECT ${COLUMNS} FROM webhooks WHERE id = $1 ${lock}`, [id])
  if (row === undefined) throw new Problem('webhook_not_found', `There is no webhook "${id.slice(0, 64)}".`)
  return row
}

export type WebhookChange = Partial<Pick<Webhook, 'url' | 'events' | 'tenants' | 'state'>>

/** Changes a webhook. One that is active again begins without failures, and what waited for it is sent. */
export async function changeWebhook (tx: PoolClient, id: string, change: WebhookChange): Promise<void> {
  const { url, events, tenants, state } = { ...await requireWebhook(tx, id, 'FOR UPDATE'), ...change }
  await tx.query(`
    UPDATE webhooks SET url = $2, events = $3, tenants = $4, state = $5, disabled_reason = CASE WHEN $5 = 'active' THEN NULL WHEN state = 'active' THEN $6 ELSE disabled_reason END,
      failures = CASE WHEN $5 = 'active' AND state = 'disabled' THEN 0 ELSE failures END, failing_since = CASE WHEN $5 = 'active' AND state = 'disabled' THEN NULL ELSE failing_since END
    WHERE id = $1`, [id, url, events, tenants, state, BY_HAND])
  await tx.query("SELECT pg_notify('berth_webhooks', '')")
}

/** A webhook that was disabled since it took nothing, and how much waits for it to be active again. */
export interface GivenUp { id: string, host: string, reason: string, failingSince: Date | null, waiting: number }

/** Oldest first. Those that somebody disabled are as they are wanted. */
export async function webhooksGivenUp (db: Queryable): Promise<GivenUp[]> {
  const { rows } = await db.query<Omit<GivenUp, 'host'> & { url: string }>(`
    SELECT id, url, disabled_reason AS reason, failing_since AS "failingSince", (SELECT count(*) FROM webhook_deliveries WHERE webhook_id = webhooks.id AND state = 'pending') AS waiting
    FROM webhooks WHERE state = 'disabled' AND disabled_reason <> $1 ORDER BY position`, [BY_HAND])
  return rows.map(({ url, ...rest }) => ({ ...rest, host: new URL(url).host }))
}

export async function deleteWebhook (db: Queryable, id: string): Promise<void> {
  await db.query('DELETE FROM webhooks WHERE id = $1', [id])
}
