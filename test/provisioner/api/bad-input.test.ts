import t from 'tap'
import type { Test } from 'tap'
import { LIMIT_BOUNDS, LIMIT_NAMES } from '../../../gateway/limits.ts'
import { writeCursor } from '../../../provisioner/api/cursor.ts'
import { request } from '../../world/http.ts'
import { startApi } from './api-world.ts'

interface Refusal { status: number, code: string, type: string, title: string, detail: string, instance: string, invalidParams?: Array<{ pointer: string }> }
interface Case { method: string, path: string, body?: unknown, headers?: Record<string, string>, status: number, code: string, pointer?: string }

const { call, config, tenant, pool, logged } = await startApi(t, 'bt-api-bad')
const id = await tenant('there', { domains: ['taken.example.com'] })

async function refused (t: Test, { method, path, body, headers, status, code, pointer }: Case): Promise<void> {
  const answer = await call(method, path, { ...(body === undefined ? {} : { body }), ...(headers === undefined ? {} : { headers }) })
  const said = answer.json<Refusal>()
  const name = `${method} ${path.slice(0, 60)} ${JSON.stringify(body)?.slice(0, 100) ?? ''}`
  t.match([answer.status, said], [status, { status, code, type: `urn:berth:problem:${code}`, title: /./, detail: /./, instance: `urn:uuid:${answer.headers['x-request-id'] as string}` }], name)
  t.match(answer.headers['content-type'], /^application\/problem\+json/)
  if (pointer !== undefined) t.ok(said.invalidParams?.some(param => param.pointer === pointer), `${name} points to ${pointer}: ${answer.text}`)
}

const creating = (body: unknown, status: number, code: string, pointer?: string): Case =>
  ({ method: 'POST', path: '/v1/tenants', body, status, code, ...(pointer === undefined ? {} : { pointer }) })
const invalid = (body: unknown, pointer: string): Case => creating(body, 422, 'validation_failed', pointer)

t.test('tenants that cannot be', async t => {
  for (const slug of ['', 'A', 'a_b', '-a', 'a-', 'a.b', 'ä', 'a'.repeat(41), 'a b', 'a\n', 'a\0', 'xn--a', 1, null]) await refused(t, invalid({ slug }, '/slug'))
  for (const name of ['', ' ', 'a\nb', 'a\u0007', 'x'.repeat(101), 'a\0', '\ud83d', 1, null]) await refused(t, invalid({ slug: 'a', name }, '/name'))
  for (const body of [null, [], 'text', 1]) await refused(t, { ...invalid(JSON.stringify(body), ''), headers: { 'content-type': 'application/json' } })
  await refused(t, invalid({}, '/slug'))
  await refused(t, invalid({ slug: 'a', colour: 'red' }, '/colour'))
  await refused(t, invalid({ slug: 'a', status: 'ready' }, '/status'))
  await refused(t, invalid({ slug: 'a', release: 'a b' }, '/release'))
  await refused(t, creating({ slug: 'a', release: '9.9' }, 422, 'unknown_release'))
  await refused(t, creating({ slug: 'there' }, 409, 'slug_taken'))
})

t.test('environments that cannot be', async t => {
  for (const env of [{ 'a b': '' }, { '1A': '' }, { '': '' }, { 'A=B': '' }, { 'A\0': '' }]) await refused(t, invalid({ slug: 'a', env }, `/env/${Object.keys(env)[0] as string}`))
  for (const value of [1, true, null, {}, 'x\0', 'x'.repeat(32_769), '{{tenant.nane}}']) await refused(t, invalid({ slug: 'a', env: { A: value } }, '/env/A'))
  for (const name of ['PORT', 'DATABASE_URL', 'TENANT_ID']) await refused(t, invalid({ slug: 'a', env: { [name]: '1' } }, `/env/${name}`))
  await refused(t, invalid({ slug: 'a', env: [] }, '/env'))
  t.match((await call('POST', '/v1/tenants', { body: { slug: 'a', env: { A: '{{tenant.nane}}' } } })).json(), { detail: /\{\{tenant\.nane\}\}/ })
})

t.test('domains that cannot be', async t => {
  for (const host of ['a b.com', 'http://a.com', 'a.com:80', '10.0.0.1', '[::1]', '*.a.com', 'a..com', '/', 'a_b.com']) {
    await refused(t, creating({ slug: 'a', domains: [host] }, 422, 'invalid_host'))
    await refused(t, { method: 'POST', path: '/v1/tenants/there/domains', body: { host }, status: 422, code: 'invalid_host' })
  }
  for (const host of ['berth.test', 'other.berth.test', 'a.there.berth.test', 'OTHER.Berth.Test.']) {
    await refused(t, creating({ slug: 'a', domains: [host] }, 422, 'reserved_host'))
    await refused(t, { method: 'POST', path: '/v1/tenants/there/domains', body: { host }, status: 422, code: 'reserved_host' })
  }
  await refused(t, creating({ slug: 'a', domains: ['Taken.example.com'] }, 409, 'domain_taken'))
  for (const host of ['', 'a'.repeat(256), 'a\0.com', 1]) await refused(t, invalid({ slug: 'a', domains: [host] }, '/domains/0'))
  await refused(t, invalid({ slug: 'a', domains: 'a.com' }, '/domains'))
  await refused(t, invalid({ slug: 'a', domains: Array.from({ length: 101 }, (_, index) => `h${index}.com`) }, '/domains'))
})

t.test('changes that cannot be', async t => {
  const patching = (body: unknown, pointer: string): Case => ({ method: 'PATCH', path: '/v1/tenants/there', body, status: 422, code: 'validation_failed', pointer })
  for (const [body, pointer] of [
    [{ slug: 'b' }, '/slug'], [{ domains: [] }, '/domains'], [{ name: null }, '/name'], [{ env: { PORT: '1' } }, '/env/PORT'], [{ env: { A: 5 } }, '/env/A'],
    [{ env: { A: '{{x}}' } }, '/env/A'], [{ resources: { memoryBytes: 2 ** 24 - 1 } }, '/resources/memoryBytes'], [{ resources: { memoryBytes: 2 ** 40 + 1 } }, '/resources/memoryBytes'],
    [{ resources: { memoryBytes: '512m' } }, '/resources/memoryBytes'], [{ resources: { cpus: 0.04 } }, '/resources/cpus'], [{ resources: { cpus: 257 } }, '/resources/cpus'],
    [{ resources: { pids: 7 } }, '/resources/pids'], [{ resources: { pids: 65537 } }, '/resources/pids'], [{ resources: { pids: 9.5 } }, '/resources/pids'], [{ resources: { disk: 1 } }, '/resources/disk']
  ] as const) await refused(t, patching(body, pointer))
  await refused(t, { method: 'POST', path: '/v1/tenants/there/deploy', body: { release: '9.9' }, status: 422, code: 'unknown_release' })
  await refused(t, { method: 'POST', path: '/v1/tenants/there/deploy', body: {}, status: 422, code: 'validation_failed', pointer: '/release' })
  await refused(t, { method: 'POST', path: '/v1/tenants/there/deploy', status: 422, code: 'validation_failed', pointer: '' })
  t.match((await call('GET', '/v1/tenants/there')).json(), { generation: 1 }, 'nothing of it was done')
})

t.test('limits that cannot be', async t => {
  for (const name of LIMIT_NAMES) {
    const { min, max, whole } = LIMIT_BOUNDS[name]
    for (const value of [min - (whole ? 1 : 0.001), max + 1, '1', true, ...(whole ? [min + 0.5] : [])]) {
      await refused(t, invalid({ slug: 'a', limits: { [name]: value } }, `/limits/${name}`))
      await refused(t, { method: 'PATCH', path: '/v1/tenants/there', body: { limits: { [name]: value } }, status: 422, code: 'validation_failed', pointer: `/limits/${name}` })
    }
  }
  await refused(t, invalid({ slug: 'a', limits: { queue: null } }, '/limits/queue'))
  await refused(t, invalid({ slug: 'a', limits: { colour: 1 } }, '/limits/colour'))
  await refused(t, invalid({ slug: 'a', limits: null }, '/limits'))
  await refused(t, { method: 'PATCH', path: '/v1/tenants/there', body: { limits: { colour: 1 } }, status: 422, code: 'validation_failed', pointer: '/limits/colour' })
  await refused(t, { method: 'PATCH', path: '/v1/tenants/there', body: { limits: [] }, status: 422, code: 'validation_failed', pointer: '/limits' })
})

t.test('releases that cannot be', async t => {
  const release = { version: '5', image: 'app' }
  for (const [more, pointer] of [
    [{ version: '' }, '/version'], [{ version: 'a/b' }, '/version'], [{ version: 'x'.repeat(65) }, '/version'], [{ image: '' }, '/image'], [{ image: 'a b' }, '/image'],
    [{ image: '../containers' }, '/image'], [{ image: '-a' }, '/image'], [{ port: 0 }, '/port'], [{ port: 65536 }, '/port'], [{ port: '80' }, '/port'], [{ healthPath: 'x' }, '/healthPath'],
    [{ healthPath: '/a b' }, '/healthPath'], [{ healthPath: '/\r\nX: y' }, '/healthPath'], [{ migrate: [] }, '/migrate'], [{ migrate: [1] }, '/migrate/0'], [{ migrate: '' }, '/migrate'],
    [{ migrate: 'a\0' }, '/migrate'], [{ env: { PORT: '1' } }, '/env/PORT'], [{ resources: { cpus: 0 } }, '/resources/cpus'], [{ volume: 'yes' }, '/volume'], [{ extra: 1 }, '/extra']
  ] as const) await refused(t, { method: 'POST', path: '/v1/releases', body: { ...release, ...more }, status: 422, code: 'validation_failed', pointer })
  await refused(t, { method: 'POST', path: '/v1/releases', body: { version: '1.0', image: 'other' }, status: 409, code: 'release_exists' })
})

t.test('queries that cannot be', async t => {
  const asking = (path: string, status: number, code: string): Case => ({ method: 'GET', path, status, code })
  for (const cursor of ['x', '%00', writeCursor('releases', 1), 'x'.repeat(200), '']) await refused(t, asking(`/v1/tenants?cursor=${cursor}`, 400, 'invalid_cursor'))
  await refused(t, asking(`/v1/releases?cursor=${writeCursor('tenants', 1)}`, 400, 'invalid_cursor'))
  await refused(t, asking(`/v1/tenants/${id}/events?cursor=${writeCursor('events/tn_other0000000', 1)}`, 400, 'invalid_cursor'))
  for (const query of ['limit=0', 'limit=201', 'limit=x', 'limit=1&limit=2', 'status=happy', 'colour=red', `q=${'x'.repeat(101)}`, 'q=%00', 'release=a%20b']) await refused(t, asking(`/v1/tenants?${query}`, 422, 'validation_failed'))
  for (const query of ['tail=-1', 'tail=10001', 'tail=all', 'follow=yes']) await refused(t, asking(`/v1/tenants/there/logs?${query}`, 422, 'validation_failed'))
  for (const wait of ['-1', '121', 'x', '', '1.5', '1&wait=2']) await refused(t, { method: 'DELETE', path: `/v1/tenants/there?wait=${wait}`, status: 400, code: 'invalid_wait' })
  await refused(t, { ...asking('/v1/tenants/there/events', 400, 'bad_request'), headers: { accept: 'text/event-stream', 'last-event-id': 'x' } })
})

t.test('tenants that are not there', async t => {
  for (const [method, path, body] of [
    ['GET', '', undefined], ['PATCH', '', {}], ['DELETE', '', undefined], ['GET', '/events', undefined], ['GET', '/logs', undefined], ['POST', '/suspend', undefined],
    ['POST', '/resume', undefined], ['POST', '/restart', undefined], ['POST', '/deploy', { release: '1.0' }], ['POST', '/domains', { host: 'a.com' }], ['DELETE', '/domains/a.com', undefined]
  ] as const) {
    for (const name of ['nobody', 'tn_000000000000', "';--"]) await refused(t, { method, path: `/v1/tenants/${encodeURIComponent(name)}${path}`, body, status: 404, code: 'tenant_not_found' })
  }
  await refused(t, { method: 'GET', path: '/v1/tenants/%00', status: 404, code: 'not_found' })
  await refused(t, { method: 'GET', path: `/v1/tenants/${'x'.repeat(800)}`, status: 404, code: 'not_found' })
  await refused(t, { method: 'GET', path: '/v1/releases/9.9', status: 404, code: 'release_not_found' })
})

t.test('requests that cannot be read', async t => {
  const json = { 'content-type': 'application/json' }
  const posting = { method: 'POST', path: '/v1/tenants' }
  for (const body of ['{', '{"slug":"a",}', 'slug=a', '{"__proto__":{}}', '{"slug":"a","env":{"__proto__":"x"}}', '{"constructor":{"prototype":{}}}']) await refused(t, { ...posting, body, headers: json, status: 400, code: 'bad_request' })
  for (const [body, detail] of [['{', /not valid JSON/], ['{"__proto__":{}}', /"__proto__".*refused/]] as const) {
    t.match((await call('POST', '/v1/tenants', { body, headers: json })).json<Refusal>().detail, detail)
  }
  await refused(t, { ...posting, body: JSON.stringify({ slug: 'x'.repeat(2 ** 20) }), headers: json, status: 413, code: 'payload_too_large' })
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'nonsense']) {
    await refused(t, { ...posting, body: '{"slug":"a"}', headers: { 'content-type': type }, status: 415, code: 'unsupported_media_type' })
  }
  await refused(t, { ...posting, body: '{"slug":"a"}', status: 415, code: 'unsupported_media_type' })
  await refused(t, { method: 'GET', path: '/v1/tenants/%ZZ', status: 400, code: 'bad_request' })
  for (const path of ['/', '/v1', '/v1/', '/v2/tenants', '/v1/tenants/', '/v1/tenants/a/b', '/v1//tenants', '/v1/nothing']) await refused(t, { method: 'GET', path, status: 404, code: 'not_found' })
})

t.test('requests that say two things', async t => {
  const { api: { port }, adminToken } = config
  const bearer = `Bearer ${adminToken}`
  const twice: Array<Record<string, string | string[]>> = [
    { authorization: [bearer, 'Bearer other'] }, { authorization: ['Bearer other', bearer] }, { authorization: [bearer, bearer] },
    { authorization: bearer, 'content-type': ['application/json', 'text/plain'] }
  ]
  for (const headers of twice) {
    const answer = await request({ port, method: 'POST', path: '/v1/tenants', body: '{"slug":"twice"}', headers })
    t.match([answer.status, answer.json()], [400, { code: 'bad_request', detail: /more than one (Authorization|Content-Type) header/ }], JSON.stringify(Object.keys(headers)))
  }
  const keys = await request({ port, method: 'POST', path: '/v1/tenants', body: { slug: 'twice' }, headers: { authorization: bearer, 'idempotency-key': ['a', 'b'] } })
  t.match([keys.status, keys.json()], [400, { code: 'bad_request', detail: /must be 1 to 255 visible ASCII characters\.$/ }], 'two keys are no key, and the detail ends in one full stop')
})

t.test('an empty JSON body is no body', async t => {
  t.equal((await call('POST', '/v1/tenants/there/restart', { body: '', headers: { 'content-type': 'application/json' } })).status, 202)
})

t.test('methods that an address does not take', async t => {
  for (const [method, path, allow] of [
    ['PUT', '/v1/tenants', 'GET, HEAD, POST'], ['DELETE', '/v1/tenants', 'GET, HEAD, POST'], ['POST', '/v1/tenants/there', 'DELETE, GET, HEAD, PATCH'],
    ['GET', '/v1/tenants/there/suspend', 'POST'], ['HEAD', '/v1/tenants/there/events', 'GET'], ['DELETE', '/v1/releases/1.0', 'GET, HEAD'], ['POST', '/healthz', 'GET, HEAD']
  ] as const) {
    const answer = await call(method, path)
    t.match([answer.status, answer.headers.allow], [405, allow], `${method} ${path}`)
    if (method !== 'HEAD') t.match(answer.json(), { code: 'method_not_allowed' })
  }
})

t.test('without a release', async t => {
  await pool.query('TRUNCATE tenants, releases CASCADE')
  await refused(t, creating({ slug: 'a' }, 409, 'no_release'))
})

t.test('none of it is an error of ours', async t => { t.notMatch(logged(), /"level":50|request failed/) })
