import t from 'tap'
import type { Tenant } from '../../../provisioner/tenants/tenant.ts'
import { startApi } from './api-world.ts'

interface Page { items: Array<{ slug: string }>, nextCursor: string | null }

const { call, tenant, settle, pool } = await startApi(t, 'bt-api-tenants')

t.test('a tenant is made with its own host, its other domains and its environment', async t => {
  const env = { A: '{{database.host}}', B: 'b' }
  const answer = await call('POST', '/v1/tenants', { body: { slug: 'acme', name: 'Acme & Söhne 😀', domains: ['Shop.Example.com.', 'acme.berth.test', 'shop.example.com'], env } })
  t.equal(answer.status, 202)
  const made = answer.json<Tenant>()
  t.equal(answer.headers.location, `/v1/tenants/${made.id}`)
  t.match(made, {
    id: /^tn_[a-z0-9]{12}$/,
    slug: 'acme',
    name: 'Acme & Söhne 😀',
    status: 'provisioning',
    url: 'http://acme.berth.test:8080',
    domains: [{ host: 'acme.berth.test', primary: true }, { host: 'shop.example.com', primary: false }],
    release: '1.0',
    env,
    resources: {},
    limits: {},
    generation: 1,
    observedGeneration: 0,
    conditions: []
  })
  t.equal(made.domains.length, 2)
  for (const name of ['acme', made.id]) t.same((await call('GET', `/v1/tenants/${name}`)).json(), made)
  t.equal((await call('HEAD', '/v1/tenants/acme')).status, 200)
})

t.test('its name is its slug unless it is told', async t => {
  await tenant('plain')
  t.match((await call('GET', '/v1/tenants/plain')).json(), { name: 'plain', env: {} })
})

t.test('nothing is left of a tenant that cannot have a domain', async t => {
  t.match((await call('POST', '/v1/tenants', { body: { slug: 'half', domains: ['new.example.com', 'shop.example.com'] } })).json(), { code: 'domain_taken' })
  t.equal((await call('GET', '/v1/tenants/half')).status, 404)
  await tenant('half', { domains: ['new.example.com'] })
})

t.test('a patch changes what it names', async t => {
  const id = await tenant('patched', { env: { A: '1', B: '2' } })
  await settle(id)
  for (const [body, status, expected] of [
    [{}, 200, { generation: 1 }],
    [{ name: 'patched', env: { A: '1', C: null }, resources: {} }, 200, { generation: 1 }],
    [{ name: 'New', env: { A: null, B: '3', C: '4' }, resources: { cpus: 0.5, memoryBytes: 2 ** 28 } }, 202, { generation: 2, name: 'New', env: { B: '3', C: '4' }, resources: { cpus: 0.5, memoryBytes: 2 ** 28 } }],
    [{ resources: { cpus: null, pids: 64 } }, 202, { generation: 3, resources: { memoryBytes: 2 ** 28, pids: 64 } }],
    [{ env: null, resources: null }, 202, { generation: 4, env: {}, resources: {} }]
  ] as const) {
    const answer = await call('PATCH', `/v1/tenants/${id}`, { body })
    t.equal(answer.status, status)
    const now = answer.json<Tenant>()
    t.match(now, expected, JSON.stringify(body))
    t.same((await call('GET', `/v1/tenants/${id}`)).json(), now)
  }
  t.same((await call('GET', '/v1/tenants/patched')).json<Tenant>().env, {})
  const merge = await call('PATCH', '/v1/tenants/patched', { body: '{"name":"Merged"}', headers: { 'content-type': 'application/merge-patch+json' } })
  t.match([merge.status, merge.json()], [202, { name: 'Merged' }])
})

t.test('limits are given, changed one by one and taken away', async t => {
  const id = await tenant('limited', { limits: { websockets: 5, connections: 2 } })
  t.equal(JSON.stringify((await call('GET', `/v1/tenants/${id}`)).json<Tenant>().limits), '{"connections":2,"websockets":5}')
  for (const [body, limits, generation] of [
    [{ limits: { websockets: 5 } }, { connections: 2, websockets: 5 }, 1],
    [{ limits: { websockets: null, requestsPerSecond: 0.5, bodyBytes: 2 ** 50 } }, { connections: 2, requestsPerSecond: 0.5, bodyBytes: 2 ** 50 }, 2],
    [{ limits: { burst: null } }, { connections: 2, requestsPerSecond: 0.5, bodyBytes: 2 ** 50 }, 2],
    [{ name: 'Other' }, { connections: 2, requestsPerSecond: 0.5, bodyBytes: 2 ** 50 }, 3],
    [{ limits: null }, {}, 4]
  ] as const) {
    t.strictSame((await call('PATCH', `/v1/tenants/${id}`, { body })).json<Tenant>().limits, limits, JSON.stringify(body))
    const now = (await call('GET', `/v1/tenants/${id}`)).json<Tenant>()
    t.strictSame([now.limits, now.generation], [limits, generation])
  }
})

t.test('a patch that would make the whole environment too large is refused', async t => {
  await tenant('large', { env: { A: 'x'.repeat(30_000), B: 'x'.repeat(30_000), C: 'x'.repeat(30_000) } })
  t.match((await call('PATCH', '/v1/tenants/large', { body: { env: { D: 'x'.repeat(30_000), E: 'x'.repeat(30_000) } } })).json(), { code: 'validation_failed', invalidParams: [{ pointer: '/env' }] })
})

t.test('deleting', async t => {
  const id = await tenant('doomed', { domains: ['doomed.example.com'] })
  for (const name of ['doomed', id]) {
    const answer = await call('DELETE', `/v1/tenants/${name}`)
    t.match([answer.status, answer.headers.location, answer.json()], [202, `/v1/tenants/${id}`, { status: 'deleting', generation: 2 }], 'twice is fine')
  }
  for (const [method, path, body] of [
    ['PATCH', '', { name: 'x' }],
    ['POST', '/domains', { host: 'x.example.com' }],
    ['DELETE', '/domains/doomed.berth.test', undefined],
    ['POST', '/suspend', undefined],
    ['POST', '/resume', undefined],
    ['POST', '/restart', undefined],
    ['POST', '/deploy', { release: '1.0' }]
  ] as const) t.match((await call(method, `/v1/tenants/doomed${path}`, { body })).json(), { status: 409, code: 'tenant_deleting' }, `${method} ${path}`)
  for (const [body, code] of [[{ slug: 'doomed' }, 'slug_being_freed'], [{ slug: 'heir', domains: ['doomed.example.com'] }, 'domain_being_freed']] as const) {
    const soon = await call('POST', '/v1/tenants', { body })
    t.match([soon.status, soon.headers['retry-after'], soon.json()], [409, /^\d+$/, { code }], 'free when it is gone')
  }
})

t.test('the list is read page by page, and filtered', async t => {
  const all = (await call('GET', '/v1/tenants?limit=200')).json<Page>()
  t.equal(all.nextCursor, null)
  const slugs: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page = (await call('GET', `/v1/tenants?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)).json<Page>()
    slugs.push(...page.items.map(item => item.slug))
    cursor = page.nextCursor
  }
  t.same(slugs, all.items.map(item => item.slug))
  t.same(slugs.slice(0, 3), ['acme', 'plain', 'half'], 'oldest first')

  const listed = async (query: string) => (await call('GET', `/v1/tenants?${query}`)).json<Page>().items.map(item => item.slug)
  t.same(await listed('q=s%C3%B6HN'), ['acme'], 'by part of the name, whatever its case')
  t.same(await listed('q=alf'), ['half'], 'by part of the slug')
  t.same(await listed('q=%25'), [], 'the text is no pattern')
  t.same(await listed('status=deleting'), ['doomed'])
  t.same(await listed('release=1.0&q=plain'), ['plain'])
  t.same(await listed('release=2.0'), [])
  await pool.query("UPDATE tenants SET failure = '{}' WHERE slug = 'plain'")
  t.same(await listed('status=failed'), ['plain'])
})

t.test('the list is in the order that is asked for, over all its pages', async t => {
  await tenant('zulu', { name: 'alpha', domains: ['shop.zulu.example'] })
  const sorted = async (sort: string): Promise<Array<Tenant & { status: string }>> => {
    const items: Array<Tenant & { status: string }> = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { items: typeof items, nextCursor: string | null } = (await call('GET', `/v1/tenants?limit=2&sort=${sort}${cursor === '' ? '' : `&cursor=${cursor}`}`)).json<{ items: typeof items, nextCursor: string | null }>()
      items.push(...page.items)
      cursor = page.nextCursor
    }
    return items
  }
  const ids = (await sorted('created')).map(({ id }) => id)
  t.ok(ids.length > 4)
  for (const sort of ['slug', 'name', 'release', 'status']) {
    const up = await sorted(sort)
    t.same(up.map(({ id }) => id).sort(), ids.toSorted(), `${sort}: each of them once`)
    t.same((await sorted(`-${sort}`)).map(({ id }) => id), up.map(({ id }) => id).reverse(), `${sort}: and the other way round`)
  }
  t.same((await sorted('-created')).map(({ id }) => id), ids.toReversed())
  t.same((await sorted('slug')).map(({ slug }) => slug).at(-1), 'zulu')
  const statuses = (await sorted('status')).map(({ status }) => status)
  t.equal(statuses[0], 'failed', 'what is worst comes first')

  t.same((await call('GET', '/v1/tenants?q=SHOP.zulu')).json<Page>().items.map(item => item.slug), ['zulu'], 'found by a domain')
  const { nextCursor } = (await call('GET', '/v1/tenants?limit=1&sort=slug')).json<Page>()
  t.match((await call('GET', `/v1/tenants?sort=name&cursor=${nextCursor as string}`)).json(), { status: 400, code: 'invalid_cursor' }, 'a cursor is of one order')
})
