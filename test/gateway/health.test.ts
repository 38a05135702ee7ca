import t from 'tap'
import type { AddressInfo } from 'node:net'
import { buildAdmin } from '../../gateway/health.ts'
import { request } from '../world/http.ts'

let ready: boolean | Error = true
const admin = buildAdmin(() => {
  if (ready instanceof Error) throw ready
  return { ready, detail: { routes: 3 } }
}, async () => 'berth_up 1\n')
await admin.listen({ host: '127.0.0.1', port: 0 })
t.teardown(() => admin.close())
const { port } = admin.server.address() as AddressInfo

t.test('how the gateway is', async t => {
  t.strictSame((await request({ port, path: '/healthz' })).json(), { status: 'ok' })
  t.match(await request({ port, path: '/readyz' }), { status: 200, text: '{"status":"ready","routes":3}' })
  ready = false
  t.match(await request({ port, path: '/readyz' }), { status: 503, text: '{"status":"not ready","routes":3}' })
  const metrics = await request({ port, path: '/metrics' })
  t.match([metrics.headers['content-type'], metrics.text], [/^text\/plain/, 'berth_up 1'])
})

t.test('what there is not, and what fails, is a problem', async t => {
  ready = new Error('the secret of 10.0.0.1')
  for (const [method, path, status, code] of [
    ['GET', '/', 404, 'not_found'], ['GET', '/nothing', 404, 'not_found'], ['POST', '/healthz', 404, 'not_found'], ['GET', '/%zz', 400, 'bad_request'], ['GET', '/readyz', 500, 'internal']
  ] as const) {
    const answer = await request({ port, method, path })
    t.equal(answer.status, status, `${method} ${path}`)
    t.match(answer.headers['content-type'], /^application\/problem\+json/)
    t.match(answer.json(), { type: 'about:blank', status, code, title: /./, detail: /./ })
    t.notMatch(answer.text, 'secret')
  }
})
