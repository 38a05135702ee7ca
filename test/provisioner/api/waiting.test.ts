import t from 'tap'
import { waitFor } from '../../world/wait-for.ts'
import { startApi } from './api-world.ts'

const { app, call, tenant, settle, forget, pool, presence, stream } = await startApi(t, 'bt-api-wait')
const waiters = () => presence.listenerCount('berth_settled')
const someoneWaits = async (many = 1) => await waitFor('someone to wait', () => waiters() >= many)

t.test('a request holds until its tenant settled', async t => {
  const creating = call('POST', '/v1/tenants?wait=60', { body: { slug: 'acme' } })
  const { id } = await waitFor('the tenant', async () => (await pool.query<{ id: string }>("SELECT id FROM tenants WHERE slug = 'acme'")).rows[0])
  await someoneWaits()
  await settle(id)
  const created = await creating
  t.match([created.status, created.headers.location, created.json()], [201, `/v1/tenants/${id}`, { id, status: 'ready', observedGeneration: 1 }])

  const suspending = call('POST', '/v1/tenants/acme/suspend?wait=60')
  await someoneWaits()
  await settle(id)
  t.match([(await suspending).status, (await suspending).json()], [200, { status: 'suspended', observedGeneration: 2 }])

  const deleting = call('DELETE', '/v1/tenants/acme?wait=60')
  await someoneWaits()
  await settle(id)
  await forget(id)
  t.same([(await deleting).status, (await deleting).text], [204, ''])
  await waitFor('nobody to wait', () => waiters() === 0)
})

t.test('a failed one settled too', async t => {
  const id = await tenant('failed')
  const patching = call('PATCH', `/v1/tenants/${id}?wait=60`, { body: { name: 'x' } })
  await someoneWaits()
  await pool.query("UPDATE tenants SET failure = '{}', observed_generation = generation WHERE id = $1", [id])
  await pool.query("SELECT pg_notify('berth_settled', $1)", [id])
  t.match([(await patching).status, (await patching).json()], [200, { status: 'failed' }])
})

t.test('without a notification it is seen soon', async t => {
  const id = await tenant('quiet')
  const waiting = call('POST', `/v1/tenants/${id}/resume?wait=60`)
  await someoneWaits()
  await pool.query('UPDATE tenants SET observed_generation = generation WHERE id = $1', [id])
  t.equal((await waiting).status, 200)
})

t.test('what is told to all is heard', async t => {
  const id = await tenant('told')
  const waiting = call('POST', `/v1/tenants/${id}/resume?wait=60`)
  await someoneWaits()
  await pool.query('UPDATE tenants SET observed_generation = generation WHERE id = $1', [id])
  await pool.query("SELECT pg_notify('berth_settled', '')")
  t.equal((await waiting).status, 200)
})

t.test('when the time is over it is 202', async t => {
  const answer = await call('POST', '/v1/tenants?wait=1', { body: { slug: 'slow' } })
  t.match([answer.status, answer.json()], [202, { status: 'provisioning' }])
  t.equal((await call('POST', '/v1/tenants/slow/restart?wait=0')).status, 202)
})

t.test('a tenant that is deleted while somebody waits for it', async t => {
  const id = await tenant('vanishing')
  const waiting = call('POST', `/v1/tenants/${id}/restart?wait=60`)
  await someoneWaits()
  await forget(id)
  t.match([(await waiting).status, (await waiting).json()], [404, { code: 'tenant_not_found' }])
})

t.test('whoever leaves waits no more', async () => {
  const id = await tenant('left')
  const leaving = await stream(`/v1/tenants/${id}/events`, { accept: 'text/event-stream' })
  await someoneWaits()
  leaving.leave()
  await waitFor('nobody to wait', () => waiters() === 0)
})

t.test('closing ends waits and streams', async t => {
  const id = await tenant('closing')
  const events = await stream(`/v1/tenants/${id}/events`, { accept: 'text/event-stream' })
  const waiting = call('POST', `/v1/tenants/${id}/restart?wait=120`)
  await someoneWaits(2)
  await app.close()
  t.match([(await waiting).status, (await waiting).json()], [202, { status: 'provisioning' }])
  t.equal(await events.ended, true, 'to its end, not broken off')
  t.equal(waiters(), 0)
})
