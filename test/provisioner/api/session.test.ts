import t from 'tap'
import { waitFor } from '../../world/wait-for.ts'
import { startApi } from './api-world.ts'

interface Session { csrfToken: string, via: string, session: { expiresAt: string } | null, token: { id: string, scope: string } }
interface Made { id: string, secret: string }

const { ask, call, config, pool, stream, tenant } = await startApi(t, 'bt-api-session')
const port = config.api.port
const make = async (scope: string) => (await call('POST', '/v1/tokens', { body: { name: scope, scope } })).json<Made>()
const bare = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => await ask(method, path, { body, headers })
const cookieOf = (answer: { headers: { 'set-cookie'?: string[] } }): string => answer.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''
const signIn = async (token: string, headers = {}) => {
  const answer = await bare('POST', '/v1/session', { token }, headers)
  return { answer, cookie: cookieOf(answer), csrf: answer.json<Session>().csrfToken }
}
const end = async (where: string) => await pool.query(`UPDATE sessions SET ${where}`)

t.test('a browser signs in, asks, and signs out', async t => {
  const { answer, cookie, csrf } = await signIn(config.adminToken)
  t.match([answer.status, answer.json()], [200, {
    via: 'session', token: { id: 'installation', scope: 'admin' }, session: { expiresAt: /Z$/ }, csrfToken: /./, installation: config.installation, version: /^\d/, baseDomain: 'berth.test', publicUrl: 'http://berth.test:8080/'
  }])
  t.match(answer.headers['set-cookie'], [/^berth_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/])
  t.equal((await bare('GET', '/v1/tenants', undefined, { cookie })).status, 200)
  t.match((await bare('GET', '/v1/session', undefined, { cookie })).json(), { csrfToken: csrf })
  t.match((await bare('POST', '/v1/tenants', { slug: 'by-hand' }, { cookie })).json(), { status: 403, code: 'csrf_failed' })
  t.match((await bare('POST', '/v1/tenants', { slug: 'by-hand' }, { cookie, 'x-csrf-token': csrf, origin: 'http://evil.example' })).json(), { code: 'csrf_failed' })
  t.equal((await bare('GET', '/v1/tenants/by-hand', undefined, { cookie })).status, 404)
  t.equal((await bare('POST', '/v1/tenants', { slug: 'by-hand' }, { cookie, 'x-csrf-token': csrf, origin: `http://127.0.0.1:${port}` })).status, 202)
  t.match((await bare('GET', '/v1/tenants', undefined, { cookie, authorization: 'Bearer wrong' })).json(), { code: 'unauthorized' }, 'a token that is sent is the one that counts')

  t.match((await bare('DELETE', '/v1/session', undefined, { cookie })).json(), { code: 'csrf_failed' })
  const out = await bare('DELETE', '/v1/session', undefined, { cookie, 'x-csrf-token': csrf })
  t.match([out.status, out.headers['set-cookie']], [204, [/^berth_session=; .*Max-Age=0/]])
  t.match((await bare('GET', '/v1/session', undefined, { cookie })).json(), { code: 'unauthorized' })
  t.match((await call('GET', '/v1/session')).json(), { code: 'unauthorized' })
  t.match((await call('GET', '/v1/whoami')).json(), { via: 'bearer', session: null, token: { id: 'installation' } })
})

t.test('of a cookie a hash is kept, and each sign-in has its own', async t => {
  const first = await signIn(config.adminToken)
  const second = await signIn(config.adminToken, { cookie: first.cookie })
  t.not(second.cookie, first.cookie)
  t.equal((await bare('GET', '/v1/session', undefined, { cookie: first.cookie })).status, 401, 'who signs in again leaves the session before')
  t.notMatch(JSON.stringify((await pool.query("SELECT id, encode(hash, 'escape') FROM sessions")).rows), second.cookie.split('=')[1] as string)
})

t.test('a session has the scope of its token, and ends with it', async t => {
  const made = await make('read')
  const { cookie, csrf } = await signIn(made.secret)
  t.match((await bare('POST', '/v1/tenants', { slug: 'no' }, { cookie, 'x-csrf-token': csrf })).json(), { code: 'forbidden_scope' })
  await call('DELETE', `/v1/tokens/${made.id}`)
  t.equal((await bare('GET', '/v1/tenants', undefined, { cookie })).status, 401)
  t.match((await signIn(made.secret)).answer.json(), { code: 'unauthorized' })

  const expiring = await make('read')
  const expired = await signIn(expiring.secret)
  await pool.query('UPDATE tokens SET expires_at = now() WHERE id = $1', [expiring.id])
  t.equal((await bare('GET', '/v1/tenants', undefined, { cookie: expired.cookie })).status, 401)
})

t.test('it ends when it is idle, too old, or of an installation\'s token that is another now', async t => {
  for (const where of ["seen_at = now() - interval '121 minutes'", "created_at = now() - interval '721 minutes'", "installation_token = '\\x00' WHERE installation_token IS NOT NULL"]) {
    const { cookie } = await signIn(config.adminToken)
    t.equal((await bare('GET', '/v1/session', undefined, { cookie })).status, 200)
    await end(where)
    t.equal((await bare('GET', '/v1/session', undefined, { cookie })).status, 401, where)
  }
})

t.test('the cookie is replaced; the one before is good for requests that were under way', async t => {
  const { cookie, csrf } = await signIn(config.adminToken)
  await end("rotated_at = now() - interval '16 minutes'")
  const answers = await Promise.all(Array.from({ length: 4 }, async () => await bare('GET', '/v1/tenants', undefined, { cookie })))
  t.same(answers.map(({ status }) => status), [200, 200, 200, 200])
  const [rotated, ...more] = answers.map(cookieOf).filter(value => value !== '')
  t.ok(rotated !== undefined && rotated !== cookie && more.length === 0, 'once')
  t.match((await bare('GET', '/v1/session', undefined, { cookie: rotated as string })).json(), { csrfToken: csrf }, 'what goes with changes stays')
  t.equal((await bare('GET', '/v1/session', undefined, { cookie })).status, 200)
  await end("rotated_at = now() - interval '61 seconds'")
  t.equal((await bare('GET', '/v1/session', undefined, { cookie })).status, 401)
  t.equal((await bare('GET', '/v1/session', undefined, { cookie: rotated as string })).status, 200)
})

t.test('streams end with their session', async t => {
  const id = await tenant('streaming')
  const { cookie } = await signIn(config.adminToken)
  const events = await stream(`/v1/tenants/${id}/events`, { accept: 'text/event-stream', cookie, authorization: undefined })
  await waitFor('the stream to begin', () => events.text().includes('CreationRequested'))
  await end("created_at = now() - interval '1 day'")
  t.equal(await events.ended, false)
})

t.test('another site cannot sign anybody in', async t => {
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) t.match((await signIn(config.adminToken, headers)).answer.json(), { code: 'csrf_failed' })
})

t.test('who fails too often has to wait', async t => {
  const failing = async () => (await signIn('bth_000000000000_0000000000000000000000000000000000000000')).answer
  const answers = []
  while (answers.at(-1)?.status !== 429 && answers.length < 20) answers.push(await failing())
  const last = answers.at(-1)
  t.match([last?.status, last?.json()], [429, { code: 'too_many_attempts' }])
  t.match(last?.headers['retry-after'], /^\d+$/)
  t.equal((await signIn(config.adminToken)).answer.status, 429, 'also with what is right')
  t.equal((await call('GET', '/v1/whoami')).status, 200, 'who has a token is let in')
})
