import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { difference, MASK } from '../audit/audit-entry.ts'
import type { AuditTarget } from '../audit/audit-entry.ts'
import type { PoolClient, Queryable } from '../database/pool.ts'
import { Problem } from '../errors.ts'
import { insertTest, listDeliveries, redeliver, requireDelivery } from '../webhooks/delivery-store.ts'
import { urlRefusal } from '../webhooks/target.ts'
import { webhookSecret } from '../webhooks/webhook.ts'
import type { Webhook } from '../webhooks/webhook.ts'
import { changeWebhook, deleteWebhook, insertWebhook, listWebhooks, requireWebhook } from '../webhooks/webhook-store.ts'
import type { WebhookChange } from '../webhooks/webhook-store.ts'
import type { ApiOptions } from './api-options.ts'
import { page, readCursor } from './cursor.ts'
import { once } from './idempotency.ts'
import { answer, BODY, MUTATION, NO_CONTENT, problemAnswers } from './responses.ts'
import { DEFAULT_PAGE_LIMIT, MutationHeaders, named, PAGE_QUERY, pageOf } from './schemas.ts'
import { DeliveryBody, deliveryBody, DeliveryParams, NewWebhookBody, WebhookBody, webhookBody, WebhookInput, WebhookParams, WebhookPatch } from './webhook-schemas.ts'

const LIST = 'webhooks'
const PageQuery = Type.Object(PAGE_QUERY, { additionalProperties: false })
const TARGET = ['invalid_webhook_url', 'webhook_target_forbidden', 'unknown_tenants'] as const

export const webhooks: FastifyPluginAsyncTypebox<ApiOptions> = async (app, { pool, config }) => {
  const policy = { allowed: config.webhookAllow, tenantSubnet: config.tenantSubnet.cidr }

  app.post('/webhooks', {
    config: { scope: 'admin', action: 'webhook.create' },
    schema: {
      operationId: 'createWebhook',
      summary: 'Creates a webhook, and shows its secret this once',
      description: 'What happens is posted as JSON {type, timestamp, data}, signed as in Standard Webhooks (headers webhook-id, webhook-timestamp, webhook-signature), at least once and until a 2xx, ten times over about a day. Redirects are not followed. One that takes nothing for so long, or answers 410, is disabled.',
      tags: ['webhooks'],
      headers: MutationHeaders,
      body: WebhookInput,
      response: { 201: answer('Created', NewWebhookBody), ...problemAnswers(...BODY, ...MUTATION, ...TARGET, 'too_many_webhooks') }
    }
  }, async (request, reply) => {
    const { url, events, tenants = null } = request.body
    await requireTarget(url)
    const { id } = await once(pool, request, async (tx, note) => {
      const id = await insertWebhook(tx, { url, events, tenants: await tenantIds(tx, tenants) })
      Object.assign(note, { target: targetOf(id, url), after: stateOf(await requireWebhook(tx, id)), status: 201 })
      return { id }
    })
    return reply.code(201).header('location', `/v1/webhooks/${id}`).send({ ...webhookBody(await requireWebhook(pool, id)), secret: webhookSecret(config.masterKey, id) })
  })

  app.get('/webhooks', {
    config: { scope: 'admin' },
    schema: {
      operationId: 'listWebhooks',
      summary: 'Lists webhooks, oldest first',
      tags: ['webhooks'],
      querystring: PageQuery,
      response: { 200: answer('A page', pageOf(named(WebhookBody))), ...problemAnswers('invalid_cursor', 'validation_failed') }
    }
  }, async ({ query: { limit = DEFAULT_PAGE_LIMIT, cursor } }) => {
    const { items, next } = await listWebhooks(pool, readCursor(LIST, cursor) ?? 0, limit)
    return page(LIST, items.map(webhookBody), next)
  })

  app.get('/webhooks/:webhook', {
    config: { scope: 'admin' },
    schema: {
      operationId: 'getWebhook',
      summary: 'Shows a webhook',
      tags: ['webhooks'],
      params: WebhookParams,
      response: { 200: answer('The webhook', named(WebhookBody)), ...problemAnswers('webhook_not_found') }
    }
  }, async ({ params }) => webhookBody(await requireWebhook(pool, params.webhook)))

  app.patch('/webhooks/:webhook', {
    config: { scope: 'admin', action: 'webhook.change' },
    schema: {
      operationId: 'changeWebhook',
      summary: 'Changes a webhook, disables it, or lets it be active again',
      tags: ['webhooks'],
      headers: MutationHeaders,
      params: WebhookParams,
      body: WebhookPatch,
      response: { 200: answer('Changed', named(WebhookBody)), ...problemAnswers(...BODY, ...MUTATION, ...TARGET, 'webhook_not_found') }
    }
  }, async (request, reply) => {
    const { tenants, url, ...rest } = request.body
    if (url !== undefined) await requireTarget(url)
    const { id } = await once(pool, request, async (tx, note) => {
      const before = await requireWebhook(tx, request.params.webhook, 'FOR UPDATE')
      const change: WebhookChange = { ...rest, ...(url === undefined ? {} : { url }), ...(tenants === undefined ? {} : { tenants: await tenantIds(tx, tenants) }) }
      await changeWebhook(tx, before.id, change)
      Object.assign(note, { target: targetOf(before.id, before.url), ...difference(stateOf(before), stateOf(await requireWebhook(tx, before.id))) })
      return { id: before.id }
    })
    return reply.send(webhookBody(await requireWebhook(pool, id)))
  })

  app.delete('/webhooks/:webhook', {
    config: { scope: 'admin', action: 'webhook.delete' },
    schema: {
      operationId: 'deleteWebhook',
      summary: 'Deletes a webhook, and what waits for it',
      tags: ['webhooks'],
      headers: MutationHeaders,
      params: WebhookParams,
      response: { 204: NO_CONTENT, ...problemAnswers(...MUTATION, 'webhook_not_found') }
    }
  }, async (request, reply) => {
    await once(pool, request, async (tx, note) => {
      const webhook = await requireWebhook(tx, request.params.webhook, 'FOR UPDATE')
      await deleteWebhook(tx, webhook.id)
      Object.assign(note, { target: targetOf(webhook.id, webhook.url), before: stateOf(webhook), status: 204 })
      return { id: webhook.id }
    })
    return reply.code(204).send()
  })

  app.post('/webhooks/:webhook/test', {
    config: { scope: 'admin', action: 'webhook.test' },
    schema: {
      operationId: 'testWebhook',
      summary: 'Sends a webhook something of the type webhook.Test',
      tags: ['webhooks'],
      headers: MutationHeaders,
      params: WebhookParams,
      response: { 202: answer('To be sent; look at the deliveries', named(DeliveryBody)), ...problemAnswers(...MUTATION, 'webhook_not_found', 'webhook_disabled') }
    }
  }, async (request, reply) => {
    const outcome = await once(pool, request, async (tx, note) => {
      const { id, url } = await requireActive(tx, request.params.webhook)
      Object.assign(note, { target: targetOf(id, url), status: 202 })
      return { webhookId: id, id: await insertTest(tx, id) }
    })
    return reply.code(202).send(await deliveryOf(outcome))
  })

  app.get('/webhooks/:webhook/deliveries', {
    config: { scope: 'admin' },
    schema: {
      operationId: 'listDeliveries',
      summary: 'Lists what was sent to a webhook, or is to be, newest first',
      description: 'The last 1000 that have ended are kept, for 30 days.',
      tags: ['webhooks'],
      params: WebhookParams,
      querystring: PageQuery,
      response: { 200: answer('A page', pageOf(named(DeliveryBody))), ...problemAnswers('invalid_cursor', 'validation_failed', 'webhook_not_found') }
    }
  }, async ({ params, query: { limit = DEFAULT_PAGE_LIMIT, cursor } }) => {
    const { id, state } = await requireWebhook(pool, params.webhook)
    const list = `deliveries/${id}`
    const { items, next } = await listDeliveries(pool, id, readCursor(list, cursor), limit)
    return page(list, items.map(delivery => deliveryBody(delivery, state)), next)
  })

  app.post('/webhooks/:webhook/deliveries/:delivery/redeliver', {
    config: { scope: 'admin', action: 'webhook.redeliver' },
    schema: {
      operationId: 'redeliver',
      summary: 'Sends a delivery again, under the same webhook-id',
      tags: ['webhooks'],
      headers: MutationHeaders,
      params: DeliveryParams,
      response: { 202: answer('To be sent', named(DeliveryBody)), ...problemAnswers(...MUTATION, 'webhook_not_found', 'delivery_not_found', 'webhook_disabled') }
    }
  }, async (request, reply) => {
    const outcome = await once(pool, request, async (tx, note) => {
      const webhook = await requireActive(tx, request.params.webhook)
      Object.assign(note, { target: targetOf(webhook.id, webhook.url), status: 202 })
      const { id } = await requireDelivery(tx, webhook.id, request.params.delivery)
      await redeliver(tx, id)
      return { webhookId: webhook.id, id }
    })
    return reply.code(202).send(await deliveryOf(outcome))
  })

  async function deliveryOf ({ webhookId, id }: { webhookId: string, id: string }): Promise<Static<typeof DeliveryBody>> {
    const [webhook, delivery] = await Promise.all([requireWebhook(pool, webhookId), requireDelivery(pool, webhookId, id)])
    return deliveryBody(delivery, webhook.state)
  }

  async function requireTarget (text: string): Promise<void> {
    const url = URL.canParse(text) ? new URL(text) : null
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.hash !== '') {
      throw new Problem('invalid_webhook_url', 'Give an http or https URL without user, password and fragment, such as https://example.com/berth.')
    }
    const refusal = await urlRefusal(url, policy)
    if (refusal !== null) throw new Problem('webhook_target_forbidden', `Webhooks do not go to ${url.hostname}: ${refusal}.`)
  }
}

/** As the audit log has it. Behind the host many receivers expect a secret. */
function targetOf (id: string, url: string): AuditTarget {
  return { kind: 'webhook', id, name: new URL(url).host }
}

function stateOf ({ url, events, tenants, state }: Webhook): object {
  return { url: `${new URL(url).origin}/${MASK}`, events, tenants, state }
}

async function requireActive (tx: PoolClient, id: string): Promise<Webhook> {
  const webhook = await requireWebhook(tx, id)
  if (webhook.state === 'active') return webhook
  throw new Problem('webhook_disabled', `The webhook is disabled. ${webhook.disabledReason ?? ''} Make it active again first, with PATCH {"state": "active"}.`)
}

/** The ids of tenants that are named by id or slug. Throws unknown_tenants. */
async function tenantIds (db: Queryable, names: string[] | null): Promise<string[] | null> {
  if (names === null) return null
  const { rows } = await db.query<{ name: string, id: string | null }>('SELECT named.name, t.id FROM unnest($1::text[]) AS named (name) LEFT JOIN tenants t ON t.id = named.name OR t.slug = named.name', [names])
  const unknown = rows.filter(({ id }) => id === null).map(({ name }) => name)
  if (unknown.length > 0) throw new Problem('unknown_tenants', `There are no tenants with these ids or slugs: ${unknown.slice(0, 10).join(', ')}.`)
  return [...new Set(rows.flatMap(({ id }) => id ?? []))]
}
