import t from 'tap'
import { waitFor } from '../../world/wait-for.ts'
import { startApi } from './api-world.ts'

interface Token { id: string, name: string, scope: string, tenants: string[] | null, createdBy: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null, secret: string }

const { ask, call, pool, release, tenant, logged } = await startApi(t, 'bt-api-tokens')
const make = async (body: object) => (await call('POST', '/v1/tokens', { body: { name: 'a token', scope: 'read', ...body } })).json<Token>()
const as = async (secret: string, method: string, path: string, body?: unknown, headers = {}) =>
  await ask(method, path, { body, headers: { authorization: `Bearer ${secret}`, ...headers } })
const listed = async (query = '') => (await call('GET', `/v1/tokens?${query}`)).json<{ items: Token[], nextCursor: string | null }>()

t.test('a token is shown once, and kept as a hash', async t => {
  const answer = await call('POST', '/v1/tokens', { body: { name: 'shown', scope: 'operate' } })
  t.match([answer.status, answer.headers['cache-control'], answer.json()], [201, 'no-store', {
    id: /^tk_/, name: 'shown', scope: 'operate', tenants: null, createdBy: 'installation', expiresAt: null, lastUsedAt: null, revokedAt: null, secret: /^bth_/
  }])
  const { id, secret } = answer.json<Token>()
  t.equal((await as(secret, 'GET', '/v1/tenants')).status, 200)
  t.notMatch((await call('GET', '/v1/tokens')).text, secret)
  t.notMatch(JSON.stringify((await pool.query('SELECT t.*, encode(hash, \'escape\') FROM tokens t')).rows), secret)
  t.notMatch(JSON.stringify((await pool.query('SELECT * FROM idempotency_keys')).rows), secret)
  t.notMatch(logged(), secret)
  const wrong = `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`
  t.equal((await as(wrong, 'GET', '/v1/tenants')).status, 401)
  await waitFor('its last use to be noted', async () => (await listed()).items.find(token => token.id === id)?.lastUsedAt !== null)
})

t.test('the last use is noted once a minute', async t => {
  const { id, secret } = await make({})
  await as(secret, 'GET', '/v1/tenants')
  const lastUse = async () => (await listed()).items.find(token => token.id === id)?.lastUsedAt
  const noted = await waitFor('it to be noted', lastUse)
  for (let i = 0; i < 5; i++) await as(secret, 'GET', '/v1/tenants')
  t.equal(await lastUse(), noted)
  await pool.query("UPDATE tokens SET last_used_at = now() - interval '61 seconds' WHERE id = $1", [id])
  const old = await lastUse()
  await as(secret, 'GET', '/v1/tenants')
  await waitFor('the next minute to be noted', async () => await lastUse() !== old)
})

t.test('a repeat makes no second one, and does not show the first again', async t => {
  const once = async () => await call('POST', '/v1/tokens', { body: { name: 'repeat', scope: 'read' }, headers: { 'idempotency-key': 'token' } })
  const first = (await once()).json<Token>()
  t.match((await once()).json(), { id: first.id, secret: null })
  t.equal((await listed()).items.filter(({ name }) => name === 'repeat').length, 1)
})

t.test('a key is its token\'s own', async t => {
  const [one, two] = [await make({ scope: 'operate' }), await make({ scope: 'operate' })]
  const created = async ({ secret }: Token, slug: string) => await as(secret, 'POST', '/v1/tenants', { slug }, { 'idempotency-key': 'same' })
  t.equal((await created(one, 'mine')).status, 202)
  t.equal((await created(one, 'mine')).status, 202)
  t.match((await created(two, 'mine')).json(), { code: 'slug_taken' })
  t.equal((await created(two, 'theirs')).status, 202)
})

t.test('what cannot be', async t => {
  for (const [body, status, code, pointer] of [
    [{ name: '' }, 422, 'validation_failed', '/name'], [{ scope: 'root' }, 422, 'validation_failed', '/scope'], [{ tenants: [] }, 422, 'validation_failed', '/tenants'],
    [{ tenants: ['nobody'] }, 422, 'unknown_tenants', undefined], [{ expiresAt: '2020-01-01T00:00:00Z' }, 422, 'validation_failed', '/expiresAt'],
    [{ expiresAt: 'tomorrow' }, 422, 'validation_failed', '/expiresAt'], [{ expiresInSeconds: 0 }, 422, 'validation_failed', '/expiresInSeconds'],
    [{ expiresAt: '2999-01-01T00:00:00Z', expiresInSeconds: 5 }, 422, 'validation_failed', '/expiresAt'], [{ secret: 'mine' }, 422, 'validation_failed', '/secret']
  ] as const) {
    const answer = await call('POST', '/v1/tokens', { body: { name: 'x', scope: 'read', ...body } })
    t.match([answer.status, answer.json()], [status, { code }], JSON.stringify(body))
    if (pointer !== undefined) t.ok(answer.json<{ invalidParams: Array<{ pointer: string }> }>().invalidParams.some(param => param.pointer.startsWith(pointer)), pointer)
  }
  t.match((await call('DELETE', '/v1/tokens/tk_000000000000')).json(), { code: 'token_not_found' })
  t.match((await call('DELETE', '/v1/tokens/installation')).json(), { code: 'token_not_found' })
})

t.test('revoked and expired ones end', async t => {
  const [revoked, own, expired] = [await make({}), await make({}), await make({ expiresInSeconds: 3600 })]
  t.equal((await call('DELETE', `/v1/tokens/${revoked.id}`)).status, 204)
  const ended = (await listed('revoked=true')).items.find(({ id }) => id === revoked.id)
  t.match(ended, { revokedAt: /Z$/ }, 'it stays in the list')
  t.equal((await call('DELETE', `/v1/tokens/${revoked.id}`)).status, 204, 'once more is fine')
  t.equal((await listed('revoked=true')).items.find(({ id }) => id === revoked.id)?.revokedAt, ended?.revokedAt)
  t.notOk((await listed('revoked=false')).items.some(({ id }) => id === revoked.id))
  t.match((await as(own.secret, 'DELETE', `/v1/tokens/${expired.id}`)).json(), { code: 'forbidden_scope' })
  t.equal((await as(own.secret, 'DELETE', `/v1/tokens/${own.id}`)).status, 204, 'its own')
  t.equal((await as(expired.secret, 'GET', '/v1/tenants')).status, 200)
  await pool.query('UPDATE tokens SET expires_at = now() WHERE id = $1', [expired.id])
  for (const { secret } of [revoked, own, expired]) t.match((await as(secret, 'GET', '/v1/tenants')).json(), { code: 'unauthorized' })
})

t.test('a limited one sees its tenants alone', async t => {
  const [mine, other] = [await tenant('visible'), await tenant('hidden')]
  const { secret, tenants } = await make({ scope: 'admin', tenants: ['visible', mine] })
  t.same(tenants, [mine])
  t.same((await as(secret, 'GET', '/v1/tenants')).json<{ items: Array<{ id: string }> }>().items.map(({ id }) => id), [mine])
  for (const name of [other, 'hidden', 'nobody']) {
    for (const [method, path] of [['GET', ''], ['GET', '/events'], ['GET', '/logs'], ['PATCH', ''], ['DELETE', ''], ['POST', '/suspend'], ['POST', '/deploy'], ['POST', '/domains'], ['DELETE', '/domains/x']] as const) {
      const answer = await as(secret, method, `/v1/tenants/${name}${path}`, method === 'PATCH' ? {} : undefined, { accept: 'text/event-stream' })
      t.match([answer.status, answer.json()], [404, { code: 'tenant_not_found', detail: `No tenant has the id or slug "${name}".` }], `${method} ${name}${path}`)
    }
  }
  t.equal((await as(secret, 'POST', '/v1/tenants/visible/restart')).status, 202)
  t.equal((await as(secret, 'GET', '/v1/releases')).status, 200)
  for (const [method, path, body] of [
    ['GET', '/v1/rollouts', undefined], ['POST', '/v1/rollouts', { release: '1.0' }], ['POST', '/v1/tenants', { slug: 'more' }], ['POST', '/v1/releases', {}], ['GET', '/v1/tokens', undefined],
    ['POST', '/v1/tokens', { name: 'x', scope: 'read' }], ['DELETE', '/v1/tokens/tk_000000000000', undefined]
  ] as const) t.match((await as(secret, method, path, body)).json(), { code: 'forbidden_tenants' }, `${method} ${path}`)
})

t.test('who can only read sees no values of environment variables', async t => {
  const id = await tenant('with-env', { env: { KEY: 'hush' } })
  await release('with-env', { env: { KEY: 'hush' } })
  const [reader, operator] = [await make({}), await make({ scope: 'operate' })]
  for (const path of [`/v1/tenants/${id}`, '/v1/tenants?q=with-env', '/v1/releases/with-env', '/v1/releases']) {
    const seen = (await as(reader.secret, 'GET', path)).text
    t.match(seen, '"env":{"KEY":"••••••"}', path)
    t.notMatch(seen, 'hush')
    t.match((await as(operator.secret, 'GET', path)).text, '"env":{"KEY":"hush"}', path)
  }
})

t.test('pages, newest first', async t => {
  const all = (await listed('limit=200')).items.map(({ id }) => id)
  const paged: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await listed(`limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
    paged.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  }
  t.same(paged, all)
})
