// Every route there is, with everything that a request can come with.
import t from 'tap'
import type { Test } from 'tap'
import { permits, SCOPES } from '../../../provisioner/access/scope.ts'
import type { Scope } from '../../../provisioner/access/scope.ts'
import { MASK } from '../../../provisioner/audit/audit-entry.ts'
import { startApi } from './api-world.ts'

type Needs = Scope | 'public'

/**
 * Who may use what, said a second time: a route that is new, or takes less than before, fails here. `all` is open to tokens
 * that are limited to tenants, although it names none; of routes with a tenant in the path they reach their own.
 */
const TABLE: Record<string, `${Needs}` | `${Needs} all`> = {
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /metrics': 'public',
  'GET /openapi.json': 'public',
  'GET /': 'public',
  'GET /console': 'public',
  'GET /console/*': 'public',
  'GET /console/assets/*': 'public',
  'GET /v1/whoami': 'read all',
  'POST /v1/session': 'public',
  'GET /v1/session': 'read all',
  'DELETE /v1/session': 'read all',
  'POST /v1/tokens': 'admin',
  'GET /v1/tokens': 'admin',
  // Its own by whoever has it; the walk asks for another's.
  'DELETE /v1/tokens/:token': 'admin',
  'GET /v1/audit': 'admin',
  'GET /v1/audit/export': 'admin',
  'POST /v1/tenants': 'operate',
  'GET /v1/tenants': 'read all',
  'GET /v1/tenants/:tenant': 'read',
  'PATCH /v1/tenants/:tenant': 'operate',
  'DELETE /v1/tenants/:tenant': 'admin',
  'POST /v1/tenants/:tenant/domains': 'operate',
  'DELETE /v1/tenants/:tenant/domains/:host': 'operate',
  'POST /v1/tenants/:tenant/suspend': 'operate',
  'POST /v1/tenants/:tenant/resume': 'operate',
  'POST /v1/tenants/:tenant/restart': 'operate',
  'POST /v1/tenants/:tenant/deploy': 'operate',
  'POST /v1/tenants/:tenant/rollback': 'operate',
  'GET /v1/tenants/:tenant/events': 'read',
  'GET /v1/tenants/:tenant/logs': 'read',
  'POST /v1/releases': 'operate',
  'GET /v1/releases': 'read all',
  'GET /v1/releases/:version': 'read all',
  'GET /v1/releases/:version/events': 'read all',
  'POST /v1/releases/:version/cancel': 'operate',
  'POST /v1/rollouts': 'operate',
  'GET /v1/rollouts': 'read',
  'GET /v1/rollouts/:rollout': 'read',
  'PATCH /v1/rollouts/:rollout': 'operate',
  'POST /v1/rollouts/:rollout/pause': 'operate',
  'POST /v1/rollouts/:rollout/resume': 'operate',
  'POST /v1/rollouts/:rollout/abort': 'operate',
  'GET /v1/tenants/:tenant/usage': 'read',
  'GET /v1/usage': 'read all',
  'GET /v1/overview': 'read all',
  'GET /v1/stream': 'read all',
  'POST /v1/webhooks': 'admin',
  'GET /v1/webhooks': 'admin',
  'GET /v1/webhooks/:webhook': 'admin',
  'PATCH /v1/webhooks/:webhook': 'admin',
  'DELETE /v1/webhooks/:webhook': 'admin',
  'POST /v1/webhooks/:webhook/test': 'admin',
  'GET /v1/webhooks/:webhook/deliveries': 'admin',
  'POST /v1/webhooks/:webhook/deliveries/:delivery/redeliver': 'admin'
}

interface Made { id: string, secret: string }

const { app, ask, call, config, pool, tenant } = await startApi(t, 'bt-api-access')
const routes = app.routeTable.flatMap(({ url, methods }) => methods.map(method => ({ url, method, name: `${method} ${url}` })))
// The pages of /docs are a package's; they are looked at below.
const own = routes.filter(({ url, method }) => !url.startsWith('/docs') && method !== 'HEAD')
const needsOf = (name: string): { scope: Needs, all: boolean } => {
  const [scope, all] = (TABLE[name] ?? '').split(' ')
  return { scope: scope as Needs, all: all !== undefined }
}

const mine = await tenant('mine')
await tenant('other')
const make = async (scope: Scope, more: object = {}) => (await call('POST', '/v1/tokens', { body: { name: scope, scope, ...more } })).json<Made>()
const bearer = ({ secret }: Made) => ({ authorization: `Bearer ${secret}` })
const signIn = async ({ secret }: Made) => {
  const answer = await ask('POST', '/v1/session', { body: { token: secret } })
  return { cookie: answer.headers['set-cookie']?.[0]?.split(';', 1)[0] as string, csrf: answer.json<{ csrfToken: string }>().csrfToken }
}
const tokens = new Map<Scope, Made>()
const limited = new Map<Scope, Made>()
for (const scope of SCOPES) {
  tokens.set(scope, await make(scope))
  limited.set(scope, await make(scope, { tenants: [mine] }))
}
const revoked = await make('admin')
await call('DELETE', `/v1/tokens/${revoked.id}`)
const expired = await make('admin')
await pool.query('UPDATE tokens SET expires_at = now() WHERE id = $1', [expired.id])

/** Asks a route, of things that there are not but for the tenant, and without a body: whoever is let in gets no further. */
async function walk (method: string, url: string, headers: Record<string, string>, tenant = 'nobody'): Promise<string> {
  const path = url.replace(':tenant', tenant).replaceAll(/:\w+/g, 'none')
  const answer = await ask(method, path, { headers })
  return answer.status < 400 ? 'in' : answer.json<{ code: string }>().code
}

const REFUSALS = ['unauthorized', 'forbidden_scope', 'forbidden_tenants', 'csrf_failed']
function isIn (t: Test, answer: string, name: string): void {
  t.notOk(REFUSALS.includes(answer), `${name}: ${answer}`)
}

t.test('the table has every route, and no other', async t => {
  t.same(own.map(({ name }) => name).sort(), Object.keys(TABLE).sort())
  t.ok(routes.filter(({ method }) => method === 'HEAD').length > 10)
})

t.test('without a token that is alive nobody gets in', async t => {
  for (const { method, url, name } of own.filter(({ name }) => needsOf(name).scope !== 'public')) {
    const wrong: Array<Record<string, string>> = [
      {}, { authorization: '' }, { authorization: 'Bearer' }, { authorization: `Bearer ${config.adminToken}x` }, { authorization: `Basic ${config.adminToken}` },
      { cookie: `berth_session=${'a'.repeat(43)}` }, bearer(revoked), bearer(expired)
    ]
    for (const headers of wrong) t.equal(await walk(method, url, headers), 'unauthorized', `${name} with ${JSON.stringify(headers).slice(0, 40)}`)
  }
  for (const authorization of [undefined, 'Bearer x']) {
    const answer = await ask('GET', '/v1/tenants', { headers: authorization === undefined ? {} : { authorization } })
    t.equal(answer.headers['www-authenticate'], authorization === undefined ? 'Bearer realm="berth"' : 'Bearer realm="berth", error="invalid_token"')
  }
  for (const { url } of routes.filter(({ method, url }) => method === 'HEAD' && url.startsWith('/v1/'))) {
    t.equal((await ask('HEAD', url.replaceAll(/:\w+/g, 'none'))).status, 401, `HEAD ${url}`)
  }
})

t.test('public is what machines and people need before they have one', async t => {
  for (const { method, url, name } of own.filter(({ name }) => needsOf(name).scope === 'public')) {
    const answer = await ask(method, url)
    t.notOk([401, 403].includes(answer.status), `${name}: ${answer.status}`)
  }
  for (const { url } of routes.filter(({ url }) => !url.startsWith('/v1/'))) t.match(url, /^\/(?:|healthz|readyz|metrics|openapi\.json|(?:docs|console)(?:\/.*)?)$/)
})

for (const scope of SCOPES) {
  t.test(`with the scope ${scope}`, async t => {
    const made = tokens.get(scope) as Made
    for (const { method, url, name } of own) {
      const needs = needsOf(name)
      if (needs.scope === 'public') continue
      const expected = permits(scope, needs.scope) ? null : 'forbidden_scope'
      const byToken = await walk(method, url, bearer(made))
      if (expected !== null) t.equal(byToken, expected, name)
      else if (name === 'GET /v1/session') t.equal(byToken, 'unauthorized', 'there is no session')
      else isIn(t, byToken, name)

      const { cookie, csrf } = await signIn(made)
      const bySession = await walk(method, url, { cookie, 'x-csrf-token': csrf })
      if (expected !== null) t.equal(bySession, expected, `${name} by a session`)
      else isIn(t, bySession, `${name} by a session`)

      if (method === 'GET') continue
      const fresh = await signIn(made)
      const foreign: Array<Record<string, string>> = [{}, { 'x-csrf-token': csrf }, { 'x-csrf-token': fresh.csrf, origin: 'http://evil.example' }, { 'x-csrf-token': fresh.csrf, 'sec-fetch-site': 'cross-site' }]
      for (const headers of foreign) {
        t.equal(await walk(method, url, { cookie: fresh.cookie, ...headers }), 'csrf_failed', `${name} from another page: ${Object.keys(headers).join()}`)
      }
    }
  })

  t.test(`with the scope ${scope}, limited to a tenant`, async t => {
    const headers = bearer(limited.get(scope) as Made)
    for (const { method, url, name } of own) {
      const needs = needsOf(name)
      if (needs.scope === 'public' || name === 'GET /v1/session') continue
      if (!permits(scope, needs.scope)) {
        t.equal(await walk(method, url, headers, mine), 'forbidden_scope', name)
      } else if (url.includes(':tenant')) {
        for (const other of ['other', 'nobody']) t.equal(await walk(method, url, headers, other), 'tenant_not_found', `${name} of ${other}`)
        const reached = await walk(method, url, headers, mine)
        t.notOk([...REFUSALS, 'tenant_not_found'].includes(reached), `${name} of its own: ${reached}`)
      } else if (needs.all) {
        isIn(t, await walk(method, url, headers), name)
      } else {
        t.equal(await walk(method, url, headers), 'forbidden_tenants', name)
      }
    }
  })
}

t.test('what all tenants share is nothing for who may see some of them', async t => {
  await call('POST', '/v1/releases', { body: { version: 'shared', image: 'berth-base', env: { KEY: 'hush' } } })
  await tenant('theirs', { env: { OWN: 'theirs alone' } })
  const theirs = async (scope: Scope) => bearer(await make(scope, { tenants: ['theirs'] }))
  for (const [name, headers, shared, own] of [
    ['operate', bearer(await make('operate')), 'hush', 'theirs alone'], ['read', bearer(await make('read')), MASK, MASK],
    ['operate, limited', await theirs('operate'), MASK, 'theirs alone'], ['admin, limited', await theirs('admin'), MASK, 'theirs alone'], ['read, limited', await theirs('read'), MASK, MASK]
  ] as const) {
    t.match((await ask('GET', '/v1/releases/shared', { headers })).json(), { env: { KEY: shared } }, name)
    t.match((await ask('GET', '/v1/releases', { headers })).json(), { items: [{ version: 'shared', env: { KEY: shared } }] }, name)
    t.match((await ask('GET', '/v1/tenants/theirs', { headers })).json(), { env: { OWN: own } }, name)
  }
})

t.test('a stream of another tenant is not there either', async t => {
  const headers = { ...bearer(limited.get('admin') as Made), accept: 'text/event-stream' }
  for (const path of ['/v1/tenants/other/events', '/v1/tenants/other/logs?follow=true']) t.equal((await ask('GET', path, { headers })).status, 404, path)
})
