import t from 'tap'
import { webhookSecret } from '../../../provisioner/webhooks/webhook.ts'
import { request } from '../../world/http.ts'
import { startApi } from './api-world.ts'

const { call, config, pool, tenant } = await startApi(t, 'bt-api-webhooks')
const URL_ = 'https://hooks.example.com/berth'
interface Hook { id: string, url: string, events: string[], tenants: string[] | null, state: string, disabledReason: string | null, secret?: string }
interface Delivery { id: string, type: string, state: string, attempts: number, nextAttemptAt: string | null }
const create = async (body: object, headers = {}) => await call('POST', '/v1/webhooks', { body: { url: URL_, events: ['*'], ...body }, headers })
const acme = await tenant('acme')

t.test('the secret is shown once', async t => {
  const made = await create({ events: ['tenant.*', 'InstanceHealthy'], tenants: ['acme'] }, { 'idempotency-key': 'once' })
  t.equal(made.status, 201, made.text)
  const hook = made.json<Hook>()
  t.match(hook, { id: /^wh_[a-z0-9]{12}$/, url: URL_, events: ['tenant.*', 'InstanceHealthy'], tenants: [acme], state: 'active', disabledReason: null, lastDeliveryAt: null })
  t.equal(hook.secret, webhookSecret(config.masterKey, hook.id))
  t.equal(made.headers.location, `/v1/webhooks/${hook.id}`)
  t.strictSame((await create({ events: ['tenant.*', 'InstanceHealthy'], tenants: ['acme'] }, { 'idempotency-key': 'once' })).json<Hook>(), hook, 'asked again it is the same')
  for (const path of [`/v1/webhooks/${hook.id}`, '/v1/webhooks']) t.notMatch((await call('GET', path)).text, 'whsec_')
  t.equal((await call('GET', '/v1/webhooks')).json<{ items: Hook[] }>().items.length, 1)
})

t.test('where none may lead, and what is none', async t => {
  const cases: Array<[object, number, string]> = [
    [{ url: 'ftp://example.com/' }, 422, 'invalid_webhook_url'], [{ url: 'example.com' }, 422, 'invalid_webhook_url'], [{ url: 'https://me:secret@example.com/' }, 422, 'invalid_webhook_url'],
    [{ url: 'https://example.com/#a' }, 422, 'invalid_webhook_url'], [{ url: 'http://127.0.0.1:7070/' }, 422, 'webhook_target_forbidden'], [{ url: 'http://localhost/' }, 422, 'webhook_target_forbidden'],
    [{ url: 'http://[::1]/' }, 422, 'webhook_target_forbidden'], [{ url: 'http://169.254.169.254/latest' }, 422, 'webhook_target_forbidden'], [{ url: 'http://10.213.64.9/' }, 422, 'webhook_target_forbidden'],
    [{ url: 'http://192.168.1.1/' }, 422, 'webhook_target_forbidden'], [{ events: [] }, 422, 'validation_failed'], [{ events: ['tenant*'] }, 422, 'validation_failed'],
    [{ tenants: ['nobody'] }, 422, 'unknown_tenants'], [{ more: 1 }, 422, 'validation_failed']
  ]
  for (const [body, status, code] of cases) {
    const answer = await create(body)
    t.match([answer.status, answer.json()], [status, { code }], JSON.stringify(body))
  }
})

t.test('changes', async t => {
  const { id } = (await create({})).json<Hook>()
  const patch = async (body: object) => await call('PATCH', `/v1/webhooks/${id}`, { body })
  t.match((await patch({ state: 'disabled' })).json(), { state: 'disabled', disabledReason: 'It was disabled by hand.' })
  for (const action of ['test', 'deliveries/dl_1/redeliver']) t.match((await call('POST', `/v1/webhooks/${id}/${action}`)).json(), { code: 'webhook_disabled' })
  t.match((await patch({ state: 'active', url: 'https://example.com/other', events: ['release.*'], tenants: null })).json(), { state: 'active', disabledReason: null, url: 'https://example.com/other', events: ['release.*'], tenants: null })
  t.match((await patch({ url: 'http://127.0.0.1/' })).json(), { code: 'webhook_target_forbidden' })
  t.equal((await patch({})).status, 422)
  t.equal((await call('DELETE', `/v1/webhooks/${id}`)).status, 204)
  for (const [method, path] of [['GET', ''], ['DELETE', ''], ['POST', '/test'], ['GET', '/deliveries']] as const) t.match((await call(method, `/v1/webhooks/${id}${path}`)).json(), { code: 'webhook_not_found' })
})

t.test('deliveries', async t => {
  const { id } = (await create({ events: ['tenant.*'] })).json<Hook>()
  const test = await call('POST', `/v1/webhooks/${id}/test`)
  t.equal(test.status, 202)
  t.match(test.json(), { type: 'webhook.Test', state: 'pending', attempts: 0, lastAttempt: null })
  await tenant('beta')
  const first = (await call('GET', `/v1/webhooks/${id}/deliveries?limit=1`)).json<{ items: Delivery[], nextCursor: string }>()
  t.match(first.items, [{ type: 'tenant.CreationRequested', state: 'pending' }])
  const second = (await call('GET', `/v1/webhooks/${id}/deliveries?limit=1&cursor=${first.nextCursor}`)).json<{ items: Delivery[], nextCursor: null }>()
  t.match([second.items.map(({ type }) => type), second.nextCursor], [['webhook.Test'], null])
  const delivery = test.json<Delivery>().id
  await pool.query("UPDATE webhook_deliveries SET state = 'failed', attempts = 10, attempted_at = now(), duration_ms = 12, status = 500, error = 'It answered 500.' WHERE id = $1", [delivery])
  t.match((await call('GET', `/v1/webhooks/${id}/deliveries`)).json(), { items: [{}, { state: 'failed', nextAttemptAt: null, lastAttempt: { durationMs: 12, status: 500, error: 'It answered 500.' } }] })
  const again = await call('POST', `/v1/webhooks/${id}/deliveries/${delivery}/redeliver`)
  t.match([again.status, again.json()], [202, { id: delivery, state: 'pending', attempts: 0 }])
  t.match((await call('POST', `/v1/webhooks/${id}/deliveries/dl_0/redeliver`)).json(), { code: 'delivery_not_found' })
})

t.test('what waits for a disabled one is held, and one that was given up needs somebody', async t => {
  const { id } = (await create({ url: 'https://given-up.example.com/hush' })).json<Hook>()
  await call('POST', `/v1/webhooks/${id}/test`)
  const next = async (): Promise<unknown> => (await call('GET', `/v1/webhooks/${id}/deliveries`)).json<{ items: Delivery[] }>().items[0]?.nextAttemptAt
  const overview = async () => (await call('GET', '/v1/overview')).json<{ webhooks: object[] }>().webhooks
  t.type(await next(), 'string')
  await call('PATCH', `/v1/webhooks/${id}`, { body: { state: 'disabled' } })
  t.equal(await next(), null)
  t.strictSame(await overview(), [], 'it was disabled by hand')
  await pool.query("UPDATE webhooks SET disabled_reason = 'Its receiver answered 410: it is gone.', failing_since = now() WHERE id = $1", [id])
  t.match(await overview(), [{ id, host: 'given-up.example.com', reason: /410/, failingSince: /Z$/, waiting: 1 }])
  for (const rest of [{ scope: 'operate' }, { scope: 'admin', tenants: ['acme'] }]) {
    const { secret } = (await call('POST', '/v1/tokens', { body: { name: 'other', ...rest } })).json<{ secret: string }>()
    const answer = await request({ port: config.api.port, path: '/v1/overview', headers: { authorization: `Bearer ${secret}` } })
    t.match([answer.status, answer.json()], [200, { webhooks: [] }], JSON.stringify(rest))
  }
  await call('PATCH', `/v1/webhooks/${id}`, { body: { state: 'active' } })
  t.type(await next(), 'string')
  t.strictSame(await overview(), [])
  await call('DELETE', `/v1/webhooks/${id}`)
})

t.test('the audit log has the changes, and of an address the host', async t => {
  const { id } = (await create({ url: 'https://hooks.example.com/services/hush-hush' })).json<Hook>()
  await call('PATCH', `/v1/webhooks/${id}`, { body: { events: ['release.*'] } })
  await call('DELETE', `/v1/webhooks/${id}`)
  const { text } = await call('GET', `/v1/audit?target=${id}`)
  const { items } = JSON.parse(text) as { items: Array<{ action: string, target: object, before: object, after: object }> }
  t.match(items.map(({ action }) => action), ['webhook.delete', 'webhook.change', 'webhook.create'])
  t.match(items[1], { target: { kind: 'webhook', id, name: 'hooks.example.com' }, before: { events: ['*'] }, after: { events: ['release.*'] } })
  t.match(items[2], { after: { url: 'https://hooks.example.com/••••••' } })
  t.notMatch(text, 'hush-hush')
})

t.test('for administrators alone', async t => {
  const secret = (await call('POST', '/v1/tokens', { body: { name: 'operator', scope: 'operate' } })).json<{ secret: string }>().secret
  for (const [method, path] of [['GET', '/v1/webhooks'], ['POST', '/v1/webhooks/wh_x/test']] as const) {
    t.match((await request({ port: config.api.port, method, path, headers: { authorization: `Bearer ${secret}` } })).json(), { code: 'forbidden_scope' })
  }
})

t.test('there are not too many', async t => {
  let last = await create({})
  for (let i = 0; i < 60 && last.status === 201; i++) last = await create({})
  t.match([last.status, last.json()], [409, { code: 'too_many_webhooks' }])
})
