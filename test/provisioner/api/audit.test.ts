import t from 'tap'
import { once } from 'node:events'
import { get, request as send } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { waitFor } from '../../world/wait-for.ts'
import { startApi } from './api-world.ts'

interface Entry { id: string, at: string, actor: { kind: string, tokenId: string | null, name: string }, action: string, method: string, path: string, status: number, target: { kind: string, id: string, name: string | null } | null, tenantId: string | null, address: string, requestId: string, before: Record<string, unknown> | null, after: Record<string, unknown> | null }
interface Page { items: Entry[], nextCursor: string | null }

const { app, ask, call, config, postgres, tenant, settle, forget, stream, pool } = await startApi(t, 'bt-api-audit')
const port = config.api.port
const audit = async (query = '') => (await call('GET', `/v1/audit?${query}`)).json<Page>()
const newest = async () => (await audit('limit=1')).items[0] as Entry
const total = async () => (await pool.query('SELECT FROM audit.entries')).rowCount
const asAdmin = async (sql: string) => await postgres.admin(sql, [], 'berth_control')
const MASK = '••••••'

t.test('every change says who, what, when, where, before and after', async t => {
  const answer = await call('POST', '/v1/tenants', { body: { slug: 'acme', name: 'Acme', env: { KEY: 'hush' } } })
  const { id } = answer.json<{ id: string }>()
  t.match(await newest(), {
    id: /^\d+$/,
    at: /Z$/,
    actor: { kind: 'installation', tokenId: null, name: 'deploy/.env' },
    action: 'tenant.create',
    method: 'POST',
    path: '/v1/tenants',
    status: 202,
    target: { kind: 'tenant', id, name: 'acme' },
    tenantId: id,
    address: '127.0.0.1',
    requestId: answer.headers['x-request-id'],
    before: null,
    after: { slug: 'acme', name: 'Acme', release: '1.0', env: { KEY: MASK }, domains: [{ host: 'acme.berth.test', primary: true }] }
  })
  const target = { kind: 'tenant', id, name: 'acme' }
  for (const [method, path, body, expected] of [
    ['PATCH', '', { name: 'Acme Ltd' }, { action: 'tenant.change', status: 202, target, before: { name: 'Acme', generation: 1 }, after: { name: 'Acme Ltd', generation: 2 } }],
    ['PATCH', '', { env: { KEY: 'other', MORE: 'x' } }, { before: { env: { KEY: MASK } }, after: { env: { KEY: MASK, MORE: MASK } } }],
    ['PATCH', '', { name: 'Acme Ltd' }, { action: 'tenant.change', status: 200, target, before: null, after: null }],
    ['POST', '/domains', { host: 'www.example.com' }, { action: 'domain.add', target, after: { domains: [{}, { host: 'www.example.com' }] } }],
    ['DELETE', '/domains/www.example.com', undefined, { action: 'domain.remove', tenantId: id, before: { domains: [{}, {}] }, after: { domains: [{}] } }],
    ['POST', '/suspend', undefined, { action: 'tenant.suspend', before: { wanted: 'running' }, after: { wanted: 'suspended' } }],
    ['POST', '/restart', undefined, { action: 'tenant.restart', status: 409, target, before: null, after: null }],
    ['POST', '/deploy', { release: '9' }, { action: 'tenant.deploy', status: 422, target, before: null, after: null }],
    ['DELETE', '', undefined, { action: 'tenant.delete', status: 202, target, before: { slug: 'acme', env: { KEY: MASK, MORE: MASK } }, after: null }]
  ] as const) {
    const before = await total() as number
    await call(method, `/v1/tenants/acme${path}`, { body })
    t.match(await newest(), expected, `${method} ${path} ${JSON.stringify(body)}`)
    t.equal(await total(), before + 1, 'once')
  }
  t.notMatch(JSON.stringify(await audit('limit=200')), 'hush')
  await forget(id)
  t.equal((await audit('tenant=acme&action=tenant.delete')).items.length, 1, 'it stays when its tenant is gone')
})

t.test('releases, rollouts, tokens and sessions too', async t => {
  await call('POST', '/v1/releases', { body: { version: '2.0', image: 'berth-base', env: { S: 'hush' } } })
  t.match(await newest(), { action: 'release.create', status: 202, target: { kind: 'release', id: '2.0' }, after: { version: '2.0', env: { S: MASK } } })
  await settle(await tenant('rolled', { release: '1.0' }))
  const rollout = (await call('POST', '/v1/rollouts', { body: { release: '1.0' } })).json<{ id: string }>()
  t.match(await newest(), { action: 'rollout.create', target: { kind: 'rollout', id: rollout.id, name: '1.0' }, after: { release: '1.0', concurrency: 4 } })
  await call('POST', `/v1/rollouts/${rollout.id}/pause`)
  t.match(await newest(), { action: 'rollout.pause', status: 409, target: { kind: 'rollout', id: rollout.id } })

  const made = (await call('POST', '/v1/tokens', { body: { name: 'script', scope: 'operate' } })).json<{ id: string, secret: string }>()
  t.match(await newest(), { action: 'token.create', status: 201, target: { kind: 'token', id: made.id, name: 'script' }, after: { scope: 'operate', revokedAt: null } })
  const actor = { tokenId: made.id, name: 'script' }
  const signedIn = await ask('POST', '/v1/session', { body: { token: made.secret } })
  t.match(await newest(), { action: 'session.begin', status: 200, actor: { kind: 'token', ...actor }, target: { kind: 'session', id: /^se_/ } })
  const cookie = signedIn.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''
  const headers = { cookie, 'x-csrf-token': signedIn.json<{ csrfToken: string }>().csrfToken }
  await ask('POST', '/v1/tenants', { body: { slug: 'by-session' }, headers })
  t.match(await newest(), { action: 'tenant.create', actor: { kind: 'session', ...actor } })
  await ask('DELETE', '/v1/session', { headers })
  t.match(await newest(), { action: 'session.end', status: 204, actor: { kind: 'session', ...actor } })
  await call('DELETE', `/v1/tokens/${made.id}`)
  t.match(await newest(), { action: 'token.revoke', status: 204, target: { id: made.id }, before: { revokedAt: null }, after: { revokedAt: /Z$/ } })
  await ask('POST', '/v1/tenants', { body: { slug: 'late' }, headers: { authorization: `Bearer ${made.secret}` } })
  t.match(await newest(), { action: 'tenant.create', status: 401, actor: { kind: 'token', ...actor } }, 'a revoked token is known by its name')
  t.notMatch(JSON.stringify(await audit('limit=200')), new RegExp(`hush|${made.secret}|${cookie.slice(14)}`))
})

t.test('what was refused is there', async t => {
  const made = (await call('POST', '/v1/tokens', { body: { name: 'reader', scope: 'read' } })).json<{ id: string, secret: string }>()
  for (const [headers, body, status, kind] of [
    [{}, { slug: 'x' }, 401, 'anonymous'], [{ authorization: 'Bearer wrong' }, { slug: 'x' }, 401, 'anonymous'], [{ authorization: `Bearer ${made.secret}` }, { slug: 'x' }, 403, 'token'],
    [{ authorization: `Bearer ${config.adminToken}` }, { slug: 'X' }, 422, 'installation'], [{ authorization: `Bearer ${config.adminToken}` }, '{', 400, 'installation']
  ] as const) {
    const answer = await ask('POST', '/v1/tenants?wait=0', { body, headers: { 'content-type': 'application/json', ...headers } })
    t.equal(answer.status, status)
    t.match(await newest(), { action: 'tenant.create', status, path: '/v1/tenants', actor: { kind }, requestId: answer.headers['x-request-id'], target: null, before: null, after: null })
  }
  await ask('POST', '/v1/session', { body: { token: 'a-guess' } })
  t.match(await newest(), { action: 'session.begin', status: 401, actor: { kind: 'anonymous' } })
  await ask('DELETE', '/v1/tenants/a%00b')
  t.match(await newest(), { action: 'tenant.delete', status: 401, target: { kind: 'tenant', id: 'a�b' } })
  const before = await total()
  await call('GET', '/v1/tenants/nobody')
  await call('POST', '/v1/nothing')
  t.equal(await total(), before, 'who only asks leaves nothing')
})

t.test('a repeat is no second entry, unless it is refused', async t => {
  const keyed = async (slug = 'keyed') => await call('POST', '/v1/tenants', { body: { slug }, headers: { 'idempotency-key': 'k' } })
  await keyed()
  t.match(await newest(), { status: 202, after: { slug: 'keyed' } })
  const before = await total() as number
  t.equal((await keyed()).status, 202)
  t.equal(await total(), before)
  t.equal((await keyed('another')).status, 422)
  t.match(await newest(), { action: 'tenant.create', status: 422, after: null })
  t.equal(await total(), before + 1)
})

t.test('what cannot be recorded is not done', async t => {
  await asAdmin('REVOKE INSERT (action) ON audit.entries FROM berth_control')
  t.equal((await call('POST', '/v1/tenants', { body: { slug: 'unseen' } })).status, 500)
  t.equal((await call('GET', '/v1/tenants/unseen')).status, 404)
  await asAdmin('GRANT INSERT (action) ON audit.entries TO berth_control')
  t.equal((await call('POST', '/v1/tenants', { body: { slug: 'unseen' } })).status, 202)
})

t.test('filters and pages', async t => {
  const all = (await audit('limit=200')).items
  t.same(all.map(({ id }) => Number(id)), all.map(({ id }) => Number(id)).sort((a, b) => b - a), 'newest first')
  const paged: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page = await audit(`limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`)
    paged.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  }
  t.same(paged, all.map(({ id }) => id))
  const token = all.find(({ actor }) => actor.name === 'script') as Entry
  const middle = all[Math.floor(all.length / 2)] as Entry
  const filters: Array<[string, (entry: Entry) => boolean]> = [
    ['actor=script', entry => entry.actor.name === 'script'], [`actor=${token.actor.tokenId}`, entry => entry.actor.name === 'script'], ['actor=anonymous', entry => entry.actor.kind === 'anonymous'],
    ['action=tenant', entry => entry.action.startsWith('tenant.')], ['action=tenant.create', entry => entry.action === 'tenant.create'], ['action=ten', () => false],
    ['target=2.0', entry => entry.target?.id === '2.0'], ['tenant=keyed', entry => entry.target?.name === 'keyed'], ['tenant=acme', entry => entry.target?.name === 'acme'],
    [`from=${middle.at}`, entry => entry.at >= middle.at], [`to=${middle.at}`, entry => entry.at < middle.at]
  ]
  for (const [query, matches] of filters) t.same((await audit(`limit=200&${query}`)).items.map(({ id }) => id), all.filter(matches).map(({ id }) => id), query)
  for (const query of ['from=yesterday', 'colour=red', 'actor=']) t.match((await call('GET', `/v1/audit?${query}`)).json(), { code: 'validation_failed' }, query)
})

t.test('the export has everything, oldest first, and takes little memory however long it is', async t => {
  const exported = await stream('/v1/audit/export?action=tenant.create')
  t.equal(await exported.ended, true)
  t.match([exported.status, exported.headers['content-type']], [200, 'application/x-ndjson'])
  const lines = exported.text().trimEnd().split('\n').map(line => JSON.parse(line) as Entry)
  t.same(lines, (await audit('limit=200&action=tenant.create')).items.reverse())

  await asAdmin("INSERT INTO audit.entries (actor, actor_name, action, method, path, status, address, request_id, after) SELECT 'token', '', 'x', '', '', 1, '', '', jsonb_build_object('x', repeat('x', 3900)) FROM generate_series(1, 60000)")
  const expected = await total()
  const outgoing = get({ port, host: '127.0.0.1', path: '/v1/audit/export', headers: { authorization: `Bearer ${config.adminToken}` }, agent: false })
  const [incoming] = await once(outgoing, 'response') as [IncomingMessage]
  let [count, bytes, early, late] = [0, 0, 0, 0]
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length
    for (const byte of chunk) if (byte === 10) count++
    if (count < 30_000) early = Math.max(early, process.memoryUsage.rss())
    else late = Math.max(late, process.memoryUsage.rss())
  }
  t.equal(count, expected)
  t.ok(bytes > 240e6, `${bytes} bytes`)
  t.ok(late - early < bytes / 6, `the second half took ${Math.round((late - early) / 1e6)} MB more than the first`)
})

t.test('who leaves before the answer is known all the same', async t => {
  const holder = await pool.connect()
  await holder.query('BEGIN')
  await holder.query("SELECT FROM tenants WHERE slug = 'rolled' FOR UPDATE")
  const outgoing = send({ port, host: '127.0.0.1', method: 'POST', path: '/v1/tenants/rolled/suspend', headers: { authorization: `Bearer ${config.adminToken}` }, agent: false })
  outgoing.on('error', () => {})
  outgoing.end()
  await waitFor('the change to be under way', async () =>
    (await pool.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE OF t%'")).rowCount === 1)
  const served = await count(app.server)
  outgoing.destroy()
  await waitFor('the connection to be gone', async () => await count(app.server) < served)
  await holder.query('COMMIT')
  holder.release()
  t.match(await waitFor('the entry', async () => (await audit('action=tenant.suspend&target=rolled')).items[0]), { status: 202, address: '127.0.0.1', after: { wanted: 'suspended' } })
})

async function count (server: Server): Promise<number> {
  return await new Promise((resolve, reject) => {
    server.getConnections((err, connections) => {
      if (err === null) resolve(connections)
      else reject(err)
    })
  })
}
