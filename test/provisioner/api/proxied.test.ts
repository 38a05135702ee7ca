// Behind a proxy that ends TLS, and is trusted.
import t from 'tap'
import { startApi } from './api-world.ts'

const { ask, call, config } = await startApi(t, 'bt-api-proxied', { BERTH_API_TRUSTED_PROXIES: '127.0.0.1, 192.0.2.0/24' })
const forwarded = { 'x-forwarded-for': '198.51.100.7, 192.0.2.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'berth.example' }
const signIn = async (headers: Record<string, string>) => await ask('POST', '/v1/session', { body: { token: config.adminToken }, headers })

t.test('cookies are Secure where the client came by TLS', async t => {
  const secure = await signIn({ ...forwarded, origin: 'https://berth.example' })
  t.equal(secure.status, 200)
  t.match(secure.headers['set-cookie'], [/; Secure$/])
  t.notMatch((await signIn({})).headers['set-cookie']?.[0], 'Secure')
  t.match((await signIn({ ...forwarded, origin: 'https://other.example' })).json(), { code: 'csrf_failed' })
})

t.test('the audit log has the address of the client', async t => {
  await call('POST', '/v1/tenants', { body: { slug: 'far' }, headers: forwarded })
  t.match((await call('GET', '/v1/audit?limit=1')).json(), { items: [{ address: '198.51.100.7' }] })
})
