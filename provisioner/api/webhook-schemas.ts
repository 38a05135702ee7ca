import { Type } from 'typebox'
import type { Static } from 'typebox'
import type { Delivery, Webhook } from '../webhooks/webhook.ts'
import { DateTime, EXAMPLE_TIME, nullable } from './schemas.ts'

const MAX_PATTERNS = 100
const MAX_TENANTS = 10_000

const Url = Type.String({ minLength: 1, maxLength: 2048, description: 'http or https, without user, password and fragment; not to this machine, a private network or the tenants\' network' })
const Events = Type.Array(Type.String({ pattern: '^(?:\\*|(?:tenant|release|rollout)\\.(?:\\*|[A-Za-z]{1,64})|[A-Z][A-Za-z]{0,63})$' }), {
  minItems: 1,
  maxItems: MAX_PATTERNS,
  description: 'What it is told of: "*", "tenant.*", "release.*", "rollout.*", types such as "tenant.StatusChanged", or reasons of events such as "InstanceHealthy".'
})
const Tenants = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: MAX_TENANTS, description: 'ids or slugs of the only tenants that it is told of; then it hears nothing of releases and rollouts' })

export const WebhookInput = Type.Object({ url: Url, events: Events, tenants: Type.Optional(nullable(Tenants)) }, {
  additionalProperties: false, examples: [{ url: 'https://example.com/berth', events: ['tenant.StatusChanged', 'release.*', 'rollout.*'] }]
})

export const WebhookPatch = Type.Object({
  url: Type.Optional(Url),
  events: Type.Optional(Events),
  tenants: Type.Optional(nullable(Tenants)),
  state: Type.Optional(Type.Enum(['active', 'disabled'], { description: 'active again: what waited for it is sent' }))
}, { additionalProperties: false, minProperties: 1, examples: [{ state: 'active' }] })

export const WebhookParams = Type.Object({ webhook: Type.String({ minLength: 1, description: 'id of the webhook' }) })
export const DeliveryParams = Type.Object({ ...WebhookParams.properties, delivery: Type.String({ minLength: 1, description: 'id of the delivery' }) })

export const WebhookBody = Type.Object({
  id: Type.String(),
  url: Type.String(),
  events: Type.Array(Type.String()),
  tenants: nullable(Type.Array(Type.String(), { description: 'ids' })),
  state: Type.Enum(['active', 'disabled']),
  disabledReason: nullable(Type.String({ description: 'why it is disabled, in a sentence' })),
  createdAt: DateTime,
  lastDeliveryAt: nullable(Type.String({ format: 'date-time', description: 'when it last took something' }))
}, {
  $id: 'Webhook',
  examples: [{ id: 'wh_8d1k3m5n7p9q', url: 'https://example.com/berth', events: ['tenant.*'], tenants: null, state: 'active', disabledReason: null, createdAt: EXAMPLE_TIME, lastDeliveryAt: null }]
})

export const NewWebhookBody = Type.Object({
  ...WebhookBody.properties,
  secret: Type.String({ description: 'what deliveries are signed with (Standard Webhooks, symmetric); shown this once' })
})

export const DeliveryBody = Type.Object({
  id: Type.String({ description: 'the header webhook-id of every attempt' }),
  type: Type.String(),
  state: Type.Enum(['pending', 'delivered', 'failed']),
  attempts: Type.Integer(),
  nextAttemptAt: nullable(Type.String({ format: 'date-time', description: 'null when none is to come, or none before the webhook is active again' })),
  createdAt: DateTime,
  body: Type.String({ description: 'what is posted' }),
  lastAttempt: nullable(Type.Object({
    at: DateTime,
    durationMs: Type.Integer(),
    status: nullable(Type.Integer({ description: 'null when there was no answer' })),
    answer: nullable(Type.String({ description: 'the beginning of its body' })),
    error: nullable(Type.String())
  }))
}, {
  $id: 'Delivery',
  examples: [{
    id: 'dl_5c1e8a7b2d4f4e0f9a3b6c7d8e9f0a1b',
    type: 'tenant.StatusChanged',
    state: 'pending',
    attempts: 1,
    nextAttemptAt: EXAMPLE_TIME,
    createdAt: EXAMPLE_TIME,
    body: '{"type":"tenant.StatusChanged","timestamp":"2026-03-01T09:30:00.000Z","data":{"tenant":{"id":"tn_4k2m9x0q7c1b","slug":"acme","name":"Acme Ltd","status":"ready"},"before":"provisioning"}}',
    lastAttempt: { at: EXAMPLE_TIME, durationMs: 84, status: 502, answer: 'Bad Gateway', error: 'It answered 502.' }
  }]
})

export function webhookBody ({ id, url, events, tenants, state, disabledReason, createdAt, lastDeliveryAt }: Webhook): Static<typeof WebhookBody> {
  return { id, url, events, tenants, state, disabledReason, createdAt: createdAt.toISOString(), lastDeliveryAt: lastDeliveryAt?.toISOString() ?? null }
}

/** A delivery to a webhook that is in that state. */
export function deliveryBody ({ id, type, state, attempts, dueAt, createdAt, body, attemptedAt, durationMs, status, answer, error }: Delivery, webhook: Webhook['state']): Static<typeof DeliveryBody> {
  return {
    id,
    type,
    state,
    attempts,
    nextAttemptAt: state === 'pending' && webhook === 'active' ? dueAt.toISOString() : null,
    createdAt: createdAt.toISOString(),
    body,
    lastAttempt: attemptedAt === null ? null : { at: attemptedAt.toISOString(), durationMs: durationMs ?? 0, status, answer, error }
  }
}
