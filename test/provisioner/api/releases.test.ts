import { readFileSync } from 'node:fs'
import t from 'tap'
import { startApi } from './api-world.ts'

interface Page { items: Array<{ version: string }>, nextCursor: string | null }

const { call, tenant, pool, logged } = await startApi(t, 'bt-api-releases')

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
  t.match([answer.status, answer.headers.location, answer.json()], [201, '/v1/releases/2.0-rc.1_a', { ...body, createdAt: /Z$/ }])
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

t.test('many at once, over tenants that move to each', async t => {
  const slugs = Array.from({ length: 8 }, (_, index) => `t${index}`)
  for (const slug of slugs) await tenant(slug)
  const made = Array.from({ length: 12 }, async (_, index) => await call('POST', '/v1/releases', { body: { version: `many-${index}`, image: 'berth-base' } }))
  const changed = slugs.map(async slug => await call('PATCH', `/v1/tenants/${slug}`, { body: { name: 'New' } }))
  t.same((await Promise.all(made)).map(answer => answer.status), Array(12).fill(201))
  t.same((await Promise.all(changed)).map(answer => answer.status), Array(8).fill(202))
  const newest = (await call('GET', '/v1/releases?limit=1')).json<Page>().items[0]?.version
  t.same((await pool.query<{ release: string }>('SELECT DISTINCT release FROM tenants')).rows, [{ release: newest }], 'all are at the newest')
  t.notMatch(logged(), 'deadlock')
})

t.test('an image that cannot be had is refused, and changes nothing', async t => {
  const newest = async () => (await call('GET', '/v1/releases?limit=1')).json<Page>().items[0]?.version
  const before = await newest()
  const answer = await call('POST', '/v1/releases', { body: { version: 'dream', image: 'registry.invalid/none:1' } })
  t.match([answer.status, answer.json()], [422, { code: 'image_not_found', detail: /"registry\.invalid\/none:1"/, invalidParams: [{ pointer: '/image' }] }])
  t.equal(await newest(), before)
  t.match((await call('POST', '/v1/releases', { body: { version: '1.0', image: 'registry.invalid/none:1' } })).json(), { code: 'release_exists' })
})

t.test('the release that README.md shows can be made', async t => {
  const text = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
  const body = /\/v1\/releases -d '(\{[^']+\})'/.exec(text)?.[1] as string
  t.equal((await call('POST', '/v1/releases', { body: JSON.parse(body) })).status, 201)
})
