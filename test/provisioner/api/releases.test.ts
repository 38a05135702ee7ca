import { readFileSync } from 'node:fs'
import t from 'tap'
import { waitFor } from '../../world/wait-for.ts'
import { prove, startApi } from './api-world.ts'

interface Page { items: Array<{ version: string }>, nextCursor: string | null }

const { call, release, stream, tenant, pool, logged } = await startApi(t, 'bt-api-releases')

t.test('a release with everything', async t => {
  const body = {
    version: '2.0-rc.1_a',
    image: 'berth-tenant-app:latest',
    port: 8000,
    healthPath: '/healthz?full=1',
    migrate: ['node', 'migrate.js'],
    env: { A: '{{tenant.url}}' },
    resources: { memoryBytes: 2 ** 29, cpus: 0.5, pids: 100 },
    volume: true
  }
  const answer = await call('POST', '/v1/releases', { body })
  t.match([answer.status, answer.headers.location, answer.json()], [202, '/v1/releases/2.0-rc.1_a', { ...body, state: 'verifying', conditions: [{ status: 'Unknown', reason: 'Waiting' }], createdAt: /Z$/ }])
  t.same((await call('GET', '/v1/releases/2.0-rc.1_a')).json(), answer.json())
})

t.test('what a release need not say', async t => {
  t.match((await call('GET', '/v1/releases/1.0')).json(), { port: 3000, healthPath: '/', migrate: null, env: {}, resources: {}, volume: false })
})

t.test('a command in one string is run by a shell', async t => {
  const answer = await call('POST', '/v1/releases', { body: { version: '3.0', image: 'berth-base', migrate: 'node migrate.js && echo "done"' } })
  t.match(answer.json(), { migrate: ['/bin/sh', '-c', 'node migrate.js && echo "done"'] })
})

t.test('the list is newest first', async t => {
  const first = (await call('GET', '/v1/releases?limit=2')).json<Page>()
  t.same(first.items.map(item => item.version), ['3.0', '2.0-rc.1_a'])
  const second = (await call('GET', `/v1/releases?limit=2&cursor=${first.nextCursor as string}`)).json<Page>()
  t.same([second.items.map(item => item.version), second.nextCursor], [['1.0'], null])
})

t.test('many proven at once, over tenants that move to each', async t => {
  const slugs = Array.from({ length: 8 }, (_, index) => `t${index}`)
  for (const slug of slugs) await tenant(slug)
  const made = Array.from({ length: 12 }, async (_, index) => await release(`many-${index}`))
  const changed = slugs.map(async slug => await call('PATCH', `/v1/tenants/${slug}`, { body: { name: 'New' } }))
  await Promise.all(made)
  t.same((await Promise.all(changed)).map(answer => answer.status), Array(8).fill(202))
  const newest = (await call('GET', '/v1/releases?limit=1')).json<Page>().items[0]?.version
  t.same((await pool.query<{ release: string }>('SELECT DISTINCT release FROM tenants')).rows, [{ release: newest }], 'all are at the newest')
  t.notMatch(logged(), 'deadlock')
})

t.test('no tenant can be at one that is not usable', async t => {
  await call('POST', '/v1/releases', { body: { version: 'young', image: 'berth-base' } })
  await tenant('first')
  for (const [path, body] of [['/v1/tenants', { slug: 'second', release: 'young' }], ['/v1/tenants/first/deploy', { release: 'young' }]] as const) {
    const answer = await call('POST', path, { body })
    t.match([answer.status, answer.headers['retry-after'], answer.json()], [409, '2', { code: 'release_verifying', detail: /"young"/ }], path)
  }
  await prove(pool, 'young', { state: 'rejected', pinned: null, reason: 'NeverHealthy', message: 'It was never healthy.', output: ['last words'] })
  t.match((await call('GET', '/v1/releases/young')).json(), { state: 'rejected', conditions: [{ status: 'False', reason: 'NeverHealthy', message: 'It was never healthy.' }] })
  t.match((await call('POST', '/v1/tenants/first/deploy', { body: { release: 'young' } })).json(), { status: 422, code: 'release_rejected', detail: /never healthy/ })
  t.not((await call('GET', '/v1/tenants/first')).json<{ release: string }>().release, 'young', 'nor did new ones move to it')
  t.equal((await call('POST', '/v1/releases', { body: { version: 'young', image: 'berth-base' } })).status, 202, 'its version is free again')
  t.match((await call('POST', '/v1/releases', { body: { version: '1.0', image: 'other' } })).json(), { code: 'release_exists' }, 'that of a usable one is not')
})

t.test('a request waits for the proof', async t => {
  const held = call('POST', '/v1/releases?wait=60', { body: { version: 'held', image: 'berth-base' } })
  await waitFor('the release', async () => (await call('GET', '/v1/releases/held')).status === 200)
  await prove(pool, 'held')
  t.match([(await held).status, (await held).json()], [201, { version: 'held', state: 'usable' }])
})

t.test('a proof can be cancelled', async t => {
  t.match((await call('GET', '/v1/releases/1.0/events')).json(), { items: [{ reason: 'Usable' }, { reason: 'Registered', message: /to be proven\.$/, data: { before: 0 } }] })
  const held = call('POST', '/v1/releases?wait=60', { body: { version: 'hung', image: 'berth-base' } })
  await waitFor('the release', async () => (await call('GET', '/v1/releases/hung')).status === 200)
  const waiting = (await pool.query("SELECT FROM releases WHERE state = 'verifying'")).rowCount as number
  t.ok(waiting > 2)
  const begun = (await call('GET', '/v1/releases/hung/events')).json<{ items: Array<{ message: string, data: unknown }> }>().items[0]
  t.match(begun, { message: new RegExp(`${waiting - 1} others are before it`), data: { before: waiting - 1 } })

  const headers = { 'idempotency-key': 'cancel-hung' }
  const cancelled = { state: 'rejected', conditions: [{ type: 'Usable', status: 'False', reason: 'Cancelled', message: /cancelled/ }] }
  t.match(await call('POST', '/v1/releases/hung/cancel', { headers }), { status: 200, text: /"rejected"/ })
  t.match((await call('POST', '/v1/releases/hung/cancel', { headers })).json(), cancelled, 'a repeat')
  t.match([(await held).status, (await held).json()], [201, cancelled], 'who waited hears of it')
  t.match((await call('GET', '/v1/releases/hung/events')).json(), { items: [{ level: 'warning', reason: 'Cancelled' }, { reason: 'Registered' }] })
  t.match((await call('GET', '/v1/audit?action=release.cancel')).json(), {
    items: [{ status: 200, target: { kind: 'release', id: 'hung' }, before: { state: 'verifying' }, after: { state: 'rejected' } }]
  })
  await prove(pool, 'hung')
  t.match((await call('GET', '/v1/releases/hung')).json(), cancelled, 'a proof that comes to its end all the same changes nothing')
  t.equal((await call('POST', '/v1/releases', { body: { version: 'hung', image: 'berth-base' } })).status, 202, 'its version is free again')
})

t.test('what is not being proven cannot be cancelled', async t => {
  await call('POST', '/v1/releases', { body: { version: 'twice', image: 'berth-base' } })
  t.equal((await call('POST', '/v1/releases/twice/cancel')).status, 200)
  for (const [version, state] of [['twice', /rejected/], ['1.0', /usable/]] as const) {
    t.match((await call('POST', `/v1/releases/${version}/cancel`)).json(), { status: 409, code: 'release_not_verifying', detail: state }, version)
  }
  t.match((await call('POST', '/v1/releases/none/cancel')).json(), { status: 404, code: 'release_not_found' })
  t.match((await call('GET', '/v1/releases/1.0')).json(), { state: 'usable' })
})

t.test('events, as a list and live', async t => {
  await call('POST', '/v1/releases', { body: { version: 'told', image: 'berth-base' } })
  const live = await stream('/v1/releases/told/events', { accept: 'text/event-stream' })
  await waitFor('the first event', () => live.text().includes('event: Registered'))
  await prove(pool, 'told', { state: 'rejected', pinned: null, reason: 'InstanceExited', message: 'm', output: ['last words'] })
  await waitFor('the last', () => /event: InstanceExited\ndata: .*last words/.test(live.text()))
  live.leave()
  const { items } = (await call('GET', '/v1/releases/told/events')).json<{ items: Array<{ reason: string }> }>()
  t.same(items.map(({ reason }) => reason), ['InstanceExited', 'Registered'])
  t.equal((await call('GET', '/v1/releases/none/events')).status, 404)
})

t.test('the release that README.md shows can be made', async t => {
  const text = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
  const body = /\/v1\/releases -d '(\{[^']+\})'/.exec(text)?.[1] as string
  t.equal((await call('POST', '/v1/releases', { body: JSON.parse(body) })).status, 202)
})
