import t from 'tap'
import { fingerprint, forgetOldKeys } from '../../../provisioner/api/idempotency.ts'
import { waitFor } from '../../world/wait-for.ts'
import { startApi } from './api-world.ts'

t.test('what makes two requests the same', async t => {
  const one = fingerprint({ method: 'POST', url: '/v1/tenants', body: { a: 1 } })
  t.match(one, /^[0-9a-f]{64}$/)
  t.equal(fingerprint({ method: 'POST', url: '/v1/tenants?wait=5', body: { a: 1 } }), one)
  t.equal(fingerprint({ method: 'POST', url: '/a', body: undefined }), fingerprint({ method: 'POST', url: '/a', body: null }))
  for (const other of [
    { method: 'PATCH', url: '/v1/tenants', body: { a: 1 } }, { method: 'POST', url: '/v1/tenant', body: { a: 1 } },
    { method: 'POST', url: '/v1/tenants', body: { a: 2 } }, { method: 'POST', url: '/v1/tenants', body: undefined }
  ]) t.not(fingerprint(other), one)
})

t.test('with a control database', async t => {
  const { call, release, pool, settle, forget } = await startApi(t, 'bt-api-idem')
  const keyed = async (key: string, method: string, path: string, body?: unknown) => await call(method, path, { body, headers: { 'idempotency-key': key } })
  const count = async (table: string) => (await pool.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.n

  await t.test('a repeat answers from the present and does nothing', async t => {
    const first = await keyed('create', 'POST', '/v1/tenants', { slug: 'repeat' })
    t.equal(first.status, 202)
    const { id } = first.json<{ id: string }>()
    const again = await keyed('create', 'POST', '/v1/tenants', { slug: 'repeat' })
    t.same([again.status, again.headers.location, again.json()], [202, `/v1/tenants/${id}`, first.json()])
    await settle(id)
    const settled = await keyed('create', 'POST', '/v1/tenants?wait=1', { slug: 'repeat' })
    t.match([settled.status, settled.json()], [201, { id, observedGeneration: 1 }])
    t.equal(await count('tenants'), 1)

    t.equal((await keyed('restart', 'POST', `/v1/tenants/${id}/restart`)).json<{ generation: number }>().generation, 2)
    t.equal((await keyed('restart', 'POST', `/v1/tenants/${id}/restart`)).json<{ generation: number }>().generation, 2)
    t.equal((await call('POST', `/v1/tenants/${id}/restart`)).json<{ generation: number }>().generation, 3, 'without a key it is another request')

    t.equal((await keyed('delete', 'DELETE', `/v1/tenants/${id}`)).status, 202)
    await forget(id)
    t.equal((await keyed('delete', 'DELETE', `/v1/tenants/${id}`)).status, 204, 'gone meanwhile')
    t.match((await keyed('create', 'POST', '/v1/tenants', { slug: 'repeat' })).json(), { code: 'tenant_not_found' }, 'it was made, and is gone')
  })

  await t.test('a release', async t => {
    const body = { version: '2.0', image: 'berth-base' }
    const first = await keyed('release', 'POST', '/v1/releases', body)
    t.equal(first.status, 202)
    const again = await keyed('release', 'POST', '/v1/releases', body)
    t.same([again.status, again.headers.location, again.json()], [202, '/v1/releases/2.0', first.json()])
    t.match((await keyed('release-2', 'POST', '/v1/releases', body)).json(), { code: 'release_exists' })
  })

  await t.test('a key belongs to one request', async t => {
    await keyed('mine', 'POST', '/v1/tenants', { slug: 'mine' })
    for (const [method, path, body] of [['POST', '/v1/tenants', { slug: 'other' }], ['POST', '/v1/tenants/mine/suspend', undefined], ['DELETE', '/v1/tenants/mine', undefined]] as const) {
      const answer = await keyed('mine', method, path, body)
      t.match([answer.status, answer.json()], [422, { code: 'idempotency_key_reused' }])
    }
    t.equal((await call('GET', '/v1/tenants/other')).status, 404)
  })

  await t.test('what failed can be tried again with its key', async t => {
    t.equal((await keyed('retry', 'POST', '/v1/tenants', { slug: 'late', release: '9' })).status, 422)
    await release('9')
    t.equal((await keyed('retry', 'POST', '/v1/tenants', { slug: 'late', release: '9' })).status, 202)
  })

  await t.test('many at once are one', async t => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => keyed('storm', 'POST', '/v1/tenants', { slug: 'storm' })))
    t.same(answers.map(answer => answer.status), Array(8).fill(202))
    t.equal(new Set(answers.map(answer => answer.json<{ id: string }>().id)).size, 1)
    const restarts = await Promise.all(Array.from({ length: 8 }, () => keyed('storm-restart', 'POST', '/v1/tenants/storm/restart')))
    t.same(restarts.map(answer => answer.json<{ generation: number }>().generation), Array(8).fill(2))
  })

  await t.test('one that stays under way is told so', async t => {
    const holder = await pool.connect()
    await holder.query('BEGIN')
    await holder.query("INSERT INTO idempotency_keys (key, fingerprint, outcome) VALUES ('stuck', '', '{}')")
    const answer = await keyed('stuck', 'POST', '/v1/tenants', { slug: 'stuck' })
    await holder.query('ROLLBACK')
    holder.release()
    t.match([answer.status, answer.json()], [409, { code: 'idempotency_in_progress' }])
    t.equal((await keyed('stuck', 'POST', '/v1/tenants', { slug: 'stuck' })).status, 202)
  })

  await t.test('a deadlock is nothing that a caller sees', async t => {
    await call('POST', '/v1/tenants', { body: { slug: 'locked' } })
    const [lock] = (await pool.query<{ id: string }>("SELECT id FROM tenants WHERE slug = 'locked'")).rows
    const holder = await pool.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT FROM work WHERE tenant_id = $1 FOR UPDATE', [lock?.id])
    const patching = call('PATCH', '/v1/tenants/locked', { body: { name: 'Later' } })
    await waitFor('it to hold the tenant and want its work', async () =>
      (await pool.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE work%'")).rowCount === 1)
    // PostgreSQL ends the one that has waited longer.
    await holder.query('SELECT FROM tenants WHERE id = $1 FOR UPDATE', [lock?.id]).catch(() => {})
    await holder.query('ROLLBACK')
    holder.release()
    t.match([(await patching).status, (await patching).json()], [202, { name: 'Later', generation: 2 }])
    await waitFor('the deadlock to be counted', async () =>
      (await pool.query("SELECT FROM pg_stat_database WHERE datname = 'berth_control' AND deadlocks > 0")).rowCount === 1)
  })

  await t.test('keys that cannot be', async t => {
    for (const key of ['', 'with space', 'x'.repeat(256)]) t.match((await keyed(key, 'POST', '/v1/tenants', { slug: 'key' })).json(), { code: 'bad_request' }, `"${key.slice(0, 20)}"`)
    t.equal((await keyed('~'.repeat(255), 'POST', '/v1/tenants', { slug: 'key' })).status, 202)
  })

  await t.test('old keys are forgotten', async t => {
    await pool.query("UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'storm'")
    const before = await count('idempotency_keys') as number
    await forgetOldKeys(pool)
    t.equal(await count('idempotency_keys'), before - 1)
  })
})
