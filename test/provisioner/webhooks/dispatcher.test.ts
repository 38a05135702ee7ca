// What happens is told to webhooks: all of it, at least once, whatever ends in between; and not for ever.
import t from 'tap'
import { createHmac, randomBytes } from 'node:crypto'
import { inTransaction } from '../../../provisioner/database/pool.ts'
import { Presence } from '../../../provisioner/queue/presence.ts'
import { appendEvent } from '../../../provisioner/tenants/event-store.ts'
import { claimDeliveries, insertTest, pruneDeliveries, redeliver } from '../../../provisioner/webhooks/delivery-store.ts'
import { Dispatcher } from '../../../provisioner/webhooks/dispatcher.ts'
import { MAX_ATTEMPTS, webhookSecret } from '../../../provisioner/webhooks/webhook.ts'
import { changeWebhook, insertWebhook } from '../../../provisioner/webhooks/webhook-store.ts'
import { addTenant, controlEndpoint, openControlDatabase, silent } from '../../world/control-database.ts'
import { claimInstallation } from '../../world/network.ts'
import { startPostgres } from '../../world/postgres.ts'
import { startReceiver } from '../../world/receiver.ts'
import type { Teardown } from '../../world/teardown.ts'
import { waitFor } from '../../world/wait-for.ts'

const INSTALLATION = 'bt-webhooks'
await claimInstallation(t, INSTALLATION)
const postgres = await startPostgres(t, { installation: INSTALLATION, tenantSubnet: '10.213.0.0/20' })
const pool = await openControlDatabase(t, postgres)
const receiver = await startReceiver(t, 'bt-hooks-dispatcher')
const masterKey = randomBytes(32)
const acme = await addTenant(pool, 'acme')
const beta = await addTenant(pool, 'beta')

async function present (t: Teardown): Promise<Presence> {
  const presence = new Presence(controlEndpoint(postgres), silent)
  await presence.open()
  t.teardown(() => presence.close())
  return presence
}
async function dispatch (t: Teardown): Promise<Dispatcher> {
  const dispatcher = new Dispatcher({ pool, presence: await present(t), masterKey, policy: { allowed: [receiver.network], tenantSubnet: '10.209.0.0/16' }, log: silent })
  dispatcher.start()
  t.teardown(() => dispatcher.stop())
  return dispatcher
}
const hook = async (events: string[], tenants: string[] | null = null, url = receiver.url): Promise<string> => await inTransaction(pool, async tx => await insertWebhook(tx, { url, events, tenants }))
const event = async (reason: string, tenant = acme, data: Record<string, unknown> = {}): Promise<void> => {
  await inTransaction(pool, async tx => { await appendEvent(tx, tenant, { reason, message: 'It happened.', data }) })
}
const types = async (webhook: string): Promise<string[]> => (await pool.query<{ type: string }>('SELECT type FROM webhook_deliveries WHERE webhook_id = $1 ORDER BY position', [webhook])).rows.map(({ type }) => type)
const one = async (webhook: string) => (await pool.query<{ id: string, state: string, attempts: number, status: number | null, error: string | null, answer: string | null, owner: number | null }>(
  'SELECT * FROM webhook_deliveries WHERE webhook_id = $1 ORDER BY position DESC LIMIT 1', [webhook])).rows[0]
const webhookOf = async (id: string) => (await pool.query<{ state: string, disabled_reason: string | null, failures: number }>('SELECT * FROM webhooks WHERE id = $1', [id])).rows[0]
/** Lets what waits for its next attempt have it now. */
const hasten = async (webhook: string): Promise<void> => { await pool.query("UPDATE webhook_deliveries SET due_at = now() WHERE webhook_id = $1 AND state = 'pending'", [webhook]) }
t.beforeEach(async () => {
  await pool.query('DELETE FROM webhooks')
  receiver.received.length = 0
  receiver.answer(response => { response.end('thanks') })
})

t.test('who is told of what', async t => {
  const hooks = { all: await hook(['*']), tenants: await hook(['tenant.*']), reason: await hook(['Restarted']), type: await hook(['tenant.StatusChanged']), beta: await hook(['*'], [beta]), rollouts: await hook(['rollout.*', 'release.Usable']) }
  await event('Restarted')
  await event('Restarted', beta)
  await pool.query('UPDATE tenants SET observed_generation = generation, ready_at = now() WHERE id = $1', [acme])
  await pool.query("INSERT INTO releases (id, version, image, port, health_path, env, resources, volume) VALUES ('rl_aaaaaaaaaaaa', '2', 'app', 1, '/', '{}', '{}', false)")
  await pool.query("UPDATE releases SET state = 'usable' WHERE version = '2'")
  await pool.query("INSERT INTO rollouts (id, release, asked, concurrency, max_failures, on_failure) VALUES ('ro_aaaaaaaaaaaa', '2', '{}', 1, 1, 'pause')")
  await pool.query("UPDATE rollouts SET state = 'rolling-back'")
  await pool.query('UPDATE rollouts SET concurrency = 2')
  const told = ['tenant.Restarted', 'tenant.Restarted', 'tenant.StatusChanged', 'release.Verifying', 'release.Usable', 'rollout.Running', 'rollout.RollingBack']
  t.strictSame(await types(hooks.all), told)
  t.strictSame(await types(hooks.tenants), told.slice(0, 3))
  t.strictSame(await types(hooks.reason), ['tenant.Restarted', 'tenant.Restarted'])
  t.strictSame(await types(hooks.type), ['tenant.StatusChanged'])
  t.strictSame(await types(hooks.beta), ['tenant.Restarted'])
  t.strictSame(await types(hooks.rollouts), ['release.Usable', 'rollout.Running', 'rollout.RollingBack'])
})

t.test('a delivery is signed, and says what happened, without the lines of a container', async t => {
  const id = await hook(['*'])
  await event('Crashed', acme, { output: ['secret'], exitCode: 1 })
  await dispatch(t)
  await waitFor('it', () => receiver.received.length === 1)
  const { headers, body } = receiver.received[0] as { headers: Record<string, string>, body: string }
  const key = Buffer.from(webhookSecret(masterKey, id).slice('whsec_'.length), 'base64')
  t.equal(headers['webhook-signature'], `v1,${createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64')}`)
  t.match(JSON.parse(body), { type: 'tenant.Crashed', timestamp: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/, data: { tenant: { id: acme, slug: 'acme', status: 'ready' }, event: { reason: 'Crashed', level: 'info', data: { exitCode: 1 } } } })
  t.notMatch(body, 'secret')
  await waitFor('the record', async () => (await one(id))?.state === 'delivered')
  t.match(await one(id), { id: headers['webhook-id'], attempts: 1, status: 200, answer: 'thanks', error: null, owner: null })
})

t.test('what fails is tried again under its id, and given up in the end; then nothing is sent any more', async t => {
  receiver.answer(response => { response.writeHead(500).end('no') })
  const id = await hook(['*'])
  await event('Restarted')
  await dispatch(t)
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    await waitFor(`attempt ${attempt}`, async () => (await one(id))?.attempts === attempt)
    t.match(await one(id), { state: attempt === MAX_ATTEMPTS ? 'failed' : 'pending', status: 500, answer: 'no', error: 'It answered 500.' })
    await hasten(id)
  }
  t.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1)
  t.match(await webhookOf(id), { state: 'disabled', disabled_reason: /took nothing/ })
  await event('Restarted')
  t.equal((await types(id)).length, 1)
  receiver.answer(response => { response.end() })
  await inTransaction(pool, async tx => {
    await changeWebhook(tx, id, { state: 'active' })
    await redeliver(tx, (await one(id))?.id as string)
  })
  await waitFor('it to be taken', async () => (await one(id))?.state === 'delivered')
  t.match(await webhookOf(id), { state: 'active', disabled_reason: null, failures: 0 })
})

t.test('one that takes others is not disabled for what it does not take', async t => {
  const id = await hook(['*'])
  receiver.answer((response, { body }) => { response.writeHead(body.includes('Bad') ? 400 : 200).end() })
  await event('Bad')
  await pool.query('UPDATE webhook_deliveries SET attempts = $1', [MAX_ATTEMPTS - 1])
  await pool.query('UPDATE webhooks SET last_delivery_at = now()')
  await dispatch(t)
  await waitFor('it to be given up', async () => (await one(id))?.state === 'failed')
  t.match(await webhookOf(id), { state: 'active' })
})

t.test('410 disables at once', async t => {
  receiver.answer(response => { response.writeHead(410).end() })
  const id = await hook(['*'])
  await event('Restarted')
  await dispatch(t)
  await waitFor('it to be disabled', async () => (await webhookOf(id))?.state === 'disabled')
})

t.test('a webhook to where none may go', async t => {
  const id = await hook(['*'], null, 'http://127.0.0.1:1/')
  await event('Restarted')
  await dispatch(t)
  await waitFor('the refusal', async () => (await one(id))?.attempts === 1)
  t.match(await one(id), { state: 'pending', status: null, error: /is not connected to/ })
})

t.test('what a worker that was killed had claimed is sent by another', async t => {
  const id = await hook(['*'])
  await event('Restarted')
  const killed = await present(t)
  const owner = killed.stay?.number as number
  t.equal((await claimDeliveries(pool, owner, { busy: [], underWay: [], perWebhook: 4 })).length, 1)
  const alive = await dispatch(t)
  await pool.query("SELECT pg_notify('berth_webhooks', '')")
  await event('Restarted')
  await waitFor('the other one', () => receiver.received.length === 1)
  t.equal(alive.totals.delivered <= 1, true, 'what is claimed is not sent by others')
  await pool.query('SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = \'advisory\' AND objid = $1', [owner])
  await waitFor('both', async () => (await pool.query('SELECT FROM webhook_deliveries WHERE webhook_id = $1 AND state = \'delivered\'', [id])).rowCount === 2)
})

t.test('two share the work, and a slow receiver does not hold up the others', async t => {
  const slow = await hook(['*'])
  const quick = await hook(['*'], null, receiver.url.replace('/hook', '/quick'))
  const waiting: Array<() => void> = []
  receiver.answer((response, { path }) => { if (path.startsWith('/quick')) response.end(); else waiting.push(() => { response.end() }) })
  for (let i = 0; i < 50; i++) await event('Restarted')
  await Promise.all([dispatch(t), dispatch(t)])
  await waitFor('the quick one to have all', async () => (await pool.query("SELECT FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'delivered'", [quick])).rowCount === 50)
  t.ok(waiting.length <= 8, 'so many places a webhook has')
  receiver.answer(response => { response.end() })
  for (const go of waiting) go()
  await waitFor('the slow one to have all', async () => (await pool.query("SELECT FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'delivered'", [slow])).rowCount === 50)
  const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
  t.equal(new Set(ids).size, ids.length, 'nobody died: each was sent once')
})

t.test('the log is bounded', async t => {
  const id = await hook(['*'])
  await inTransaction(pool, async tx => { await insertTest(tx, id) })
  const many = async (state: string, count: number) => await pool.query("INSERT INTO webhook_deliveries (id, webhook_id, type, body, state, due_at) SELECT webhook_delivery_id(), $1, 'tenant.X', '{}', $2, now() + interval '1 hour' FROM generate_series(1, $3)", [id, state, count])
  await many('delivered', 1500)
  await many('pending', 10_500)
  await pool.query("UPDATE webhook_deliveries SET created_at = now() - interval '31 days' WHERE position % 10 = 0")
  await pruneDeliveries(pool)
  const count = async (state: string) => (await pool.query<{ count: number }>('SELECT count(*) AS count FROM webhook_deliveries WHERE state = $1', [state])).rows[0]?.count ?? 0
  t.ok(await count('delivered') <= 1000 && await count('delivered') > 800)
  t.equal(await count('pending'), 10_000)
  t.match(await webhookOf(id), { state: 'disabled', disabled_reason: /10000 deliveries waited/ })
})
