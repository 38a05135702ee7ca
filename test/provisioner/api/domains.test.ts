import t from 'tap'
import type { Tenant } from '../../../provisioner/tenants/tenant.ts'
import { waitFor } from '../../world/wait-for.ts'
import { startApi } from './api-world.ts'

const { call, tenant, settle, presence } = await startApi(t, 'bt-api-domains')
const id = await tenant('acme')
await tenant('other', { domains: ['other.example.com'] })

const add = async (body: object, query = '') => await call('POST', `/v1/tenants/acme/domains${query}`, { body })
const remove = async (host: string, query = '') => await call('DELETE', `/v1/tenants/acme/domains/${encodeURIComponent(host)}${query}`)

t.test('a domain comes with a new generation, once', async t => {
  const answer = await add({ host: 'Shop.Example.com' })
  t.match([answer.status, answer.headers.location, answer.json()], [202, `/v1/tenants/${id}`, {
    generation: 2, domains: [{ host: 'acme.berth.test', primary: true }, { host: 'shop.example.com', primary: false }]
  }])
  t.match((await add({ host: 'shop.example.com' })).json(), { generation: 2 })
  t.match((await add({ host: 'shop.example.com', primary: false })).json(), { generation: 2 })
  await settle(id)
  t.equal((await add({ host: 'shop.example.com' })).status, 201, 'there, and settled')
})

t.test('another is made the primary, and is in the url', async t => {
  t.match((await add({ host: 'shop.example.com', primary: true })).json(), {
    generation: 3, url: 'http://shop.example.com:8080', domains: [{ host: 'shop.example.com', primary: true }, { host: 'acme.berth.test', primary: false }]
  })
  t.match((await add({ host: 'shop.example.com', primary: true })).json(), { generation: 3 })
  t.match((await remove('shop.example.com')).json(), { status: 422, code: 'primary_domain' })
  t.match((await add({ host: 'acme.berth.test', primary: true })).json(), { generation: 4, url: 'http://acme.berth.test:8080' })
})

t.test('a domain belongs to one tenant', async t => {
  t.match((await add({ host: 'other.example.com' })).json(), { status: 409, code: 'domain_taken' })
  t.match((await remove('other.example.com')).json(), { status: 404, code: 'domain_not_found' })
  t.match((await call('GET', '/v1/tenants/acme')).json(), { generation: 4 })
})

t.test('the host of the slug stays', async t => {
  for (const host of ['acme.berth.test', 'ACME.berth.test.']) t.match((await remove(host)).json(), { status: 422, code: 'permanent_domain' })
})

t.test('a domain is taken away', async t => {
  const answer = await remove('SHOP.example.com')
  t.match([answer.status, answer.headers.location], [202, `/v1/tenants/${id}`])
  const now = answer.json<Tenant>()
  t.same([now.generation, now.domains], [5, [{ host: 'acme.berth.test', primary: true }]])
  t.match((await remove('shop.example.com')).json(), { status: 404, code: 'domain_not_found' })
  t.match((await remove('no host at all')).json(), { status: 404, code: 'domain_not_found' })
  t.match((await call('POST', '/v1/tenants/other/domains', { body: { host: 'shop.example.com' } })).json(), { code: 'domain_being_freed' }, 'until its route is withdrawn')
  t.match((await add({ host: 'shop.example.com' })).json(), { generation: 6, domains: [{}, { host: 'shop.example.com' }] }, 'its tenant can have it back')

  const gone = remove('shop.example.com', '?wait=30')
  await waitFor('the request to wait', () => presence.listenerCount('berth_settled') === 1)
  await settle(id)
  const { status, text } = await gone
  t.same([status, text], [204, ''])
})

t.test('a name in Unicode is found in each of its forms', async t => {
  t.match((await add({ host: 'münchen.example' })).json(), { domains: [{}, { host: 'xn--mnchen-3ya.example' }] })
  t.equal((await remove('München.example')).status, 202)
})
