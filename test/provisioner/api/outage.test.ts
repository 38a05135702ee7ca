import { connect } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { waitFor } from '../../world/wait-for.ts'
import { startApi } from './api-world.ts'

const { call, config, tenant, postgres, redis, presence, logged } = await startApi(t, 'bt-api-outage')
const id = await tenant('acme')

t.test('what is not HTTP is told so', async t => {
  const socket = connect(config.api.port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => { text += chunk })
  socket.write('not http\r\n\r\n')
  await once(socket, 'close')
  t.match(text, /^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json\r\n[^]*"code":"bad_request"/)
})

t.test('without the control database', async t => {
  const waiting = call('POST', `/v1/tenants/${id}/restart?wait=60`)
  await waitFor('someone to wait', () => presence.listenerCount('berth_settled') > 0)
  await postgres.stop()
  const cut = await waiting
  t.match([cut.status, cut.json()], [503, { code: 'unavailable' }])

  await waitFor('the presence to know', () => presence.stay === null)
  for (const [method, path, body] of [['GET', '/v1/tenants', undefined], ['GET', `/v1/tenants/${id}/events`, undefined], ['POST', '/v1/tenants', { slug: 'new' }]] as const) {
    const answer = await call(method, path, { body })
    t.match([answer.status, answer.json(), answer.headers['retry-after']], [503, { code: 'unavailable' }, /^\d+$/], `${method} ${path}`)
    t.notMatch(answer.text, /127\.0\.0\.1|ECONN|postgres/i)
  }
  t.equal((await call('GET', '/healthz')).status, 200)
  const ready = await call('GET', '/readyz')
  t.match([ready.status, ready.json()], [503, { detail: /control database/ }])
  const metrics = await call('GET', '/metrics')
  t.equal(metrics.status, 200)
  t.notMatch(metrics.text, /berth_tenants\{/)

  await postgres.start()
  await waitFor('the API to be ready', async () => (await call('GET', '/readyz')).status === 200)
  t.match((await call('GET', '/v1/tenants/acme')).json(), { id, generation: 2 })
})

t.test('without Redis requests are taken, and it is not ready', async t => {
  await redis.stop()
  const ready = await call('GET', '/readyz')
  t.match([ready.status, ready.json()], [503, { detail: /^Out of reach: Redis\.$/ }])
  t.equal((await call('POST', `/v1/tenants/${id}/restart`)).status, 202)
  await redis.start()
  await waitFor('the API to be ready', async () => (await call('GET', '/readyz')).status === 200)
})

t.test('the log has what the answers did not say', async t => { t.match(logged(), /request failed/) })
