import { createHmac } from 'node:crypto'
import { newTenantId } from '../tenants/names.ts'

/** A receiver of what happens. */
export interface Webhook {
  id: string
  url: string
  /** Types, or patterns of them: "*", "tenant.*", "tenant.StatusChanged", or "StatusChanged". */
  events: string[]
  /** Ids of the only tenants it is told of; null for all, and for releases and rollouts. */
  tenants: string[] | null
  state: 'active' | 'disabled'
  disabledReason: string | null
  createdAt: Date
  /** When it last took something. */
  lastDeliveryAt: Date | null
}

export type DeliveryState = 'pending' | 'delivered' | 'failed'

/** One thing that happened, for one webhook. Its id is the `webhook-id` of every attempt, so that a receiver knows what it has had. */
export interface Delivery {
  id: string
  webhookId: string
  type: string
  body: string
  state: DeliveryState
  attempts: number
  dueAt: Date
  createdAt: Date
  attemptedAt: Date | null
  durationMs: number | null
  status: number | null
  /** The beginning of what it answered. */
  answer: string | null
  /** Why the last attempt failed. */
  error: string | null
}

export function newWebhookId (): string {
  return `wh_${newTenantId().slice(3)}`
}

/** The key that a webhook's deliveries are signed with: derived, so that none is stored. */
function signingKey (masterKey: Buffer, id: string): Buffer {
  return createHmac('sha256', masterKey).update(`berth/webhook-secret/${id}/1`).digest()
}

/** The key as its receiver gets it (Standard Webhooks, "Signature scheme"). */
export function webhookSecret (masterKey: Buffer, id: string): string {
  return `whsec_${signingKey(masterKey, id).toString('base64')}`
}

/** The headers of an attempt at `seconds` of Unix time (Standard Webhooks 1.0.0). */
export function signedHeaders (masterKey: Buffer, { id, webhookId, body }: Pick<Delivery, 'id' | 'webhookId' | 'body'>, seconds: number): Record<string, string> {
  const signature = createHmac('sha256', signingKey(masterKey, webhookId)).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` }
}

/** Waits between attempts in seconds: ten attempts over about a day. */
const WAITS_S = [5, 30, 120, 600, 1800, 3600, 7200, 21_600, 43_200]
export const MAX_ATTEMPTS = WAITS_S.length + 1

/** How long to wait after so many attempts, a fifth more or less by `random` (0–1) so that many do not come at once; null when it was the last. */
export function retryInMs (attempts: number, random = Math.random()): number | null {
  const seconds = WAITS_S[attempts - 1]
  return seconds === undefined ? null : Math.round(seconds * 1000 * (0.8 + 0.4 * random))
}
