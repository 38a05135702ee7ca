import t from 'tap'
import { startApi } from './api-world.ts'

const { call, tenant } = await startApi(t, 'bt-api-match')
await tenant('acme')
const patch = async (ifMatch: string, name: string) => await call('PATCH', '/v1/tenants/acme', { body: { name }, headers: { 'if-match': ifMatch } })

t.test('a change that was decided by what is no more is refused', async t => {
  const { headers: { etag } } = await call('GET', '/v1/tenants/acme')
  t.equal(etag, '"1"')
  const first = await patch(etag as string, 'First')
  t.match([first.status, first.headers.etag], [202, '"2"'])
  const late = await patch(etag as string, 'Late')
  t.match([late.status, late.json()], [412, { code: 'precondition_failed', detail: /generation is 2/ }])
  t.match((await call('GET', '/v1/tenants/acme')).json(), { name: 'First', generation: 2 })
  t.equal((await patch('*', 'Any')).status, 202)
})

t.test('of two at once one is made', async t => {
  const { headers: { etag } } = await call('GET', '/v1/tenants/acme')
  const statuses = await Promise.all(['One', 'Two', 'Three'].map(async name => (await patch(etag as string, name)).status))
  t.same(statuses.sort(), [202, 412, 412])
})

t.test('every change of a tenant takes it', async t => {
  const headers = { 'if-match': '"999"' }
  for (const [method, path, body] of [
    ['POST', '/suspend', undefined], ['POST', '/resume', undefined], ['POST', '/restart', undefined], ['POST', '/deploy', { release: '1.0' }], ['POST', '/rollback', undefined],
    ['POST', '/domains', { host: 'a.example.com' }], ['DELETE', '/domains/a.example.com', undefined], ['DELETE', '', undefined]
  ] as const) t.match((await call(method, `/v1/tenants/acme${path}`, { body, headers })).json(), { code: 'precondition_failed' }, `${method} ${path}`)
})

t.test('what is no entity tag', async t => {
  for (const header of ['1', '"1', '"1",', 'x']) t.match((await patch(header, 'x')).json(), { code: 'bad_request' }, header)
})
