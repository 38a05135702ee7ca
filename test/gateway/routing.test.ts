import t from 'tap'
import { request } from '../world/http.ts'
import { waitFor } from '../world/wait-for.ts'
import { routeTo, setScene, startOrigin } from './scene.ts'

t.test('hosts and routes', async t => {
  const { gateway, client, publish, withdraw, ask } = await setScene(t, 'bt-gwrouting')
  const one = await startOrigin(t, (_incoming, answer) => { answer.end('one') })
  const two = await startOrigin(t, (_incoming, answer) => { answer.end('two') })

  /** The status of a host once it is what is expected. */
  const becomes = (host: string, status: number) =>
    waitFor(`${host} to answer ${status}`, async () => (await ask(host)).status === status, { intervalMs: 5 })

  await t.test('an unknown host', async t => {
    const answer = await ask('nobody.example')
    t.equal(answer.status, 404)
    t.match(answer.headers, { 'content-type': 'application/problem+json' })
    t.match(answer.json(), { status: 404, code: 'unknown_host', requestId: answer.headers['x-request-id'] })
  })

  await t.test('a host that is none', async t => {
    for (const host of ['127.0.0.1', `127.0.0.1:${gateway.port}`, '[::1]', 'a_b.example', '..', 'a.example:99999']) {
      const answer = await ask(host)
      t.equal(answer.status, 400, host)
      t.match(answer.json(), { code: 'bad_host' })
    }
  })

  await t.test('added, written in many ways, changed and removed', async t => {
    t.equal((await ask('shop.example')).status, 404)
    await publish('shop.example', routeTo(one.port))
    await becomes('shop.example', 200)
    for (const host of ['SHOP.example', 'shop.example:8080', 'shop.example.']) t.equal((await ask(host)).text, 'one', host)
    await publish('shop.example', routeTo(two.port))
    await waitFor('the new instance', async () => (await ask('shop.example')).text === 'two', { intervalMs: 5 })
    await withdraw('shop.example')
    await becomes('shop.example', 404)
    await publish('shop.example', routeTo(one.port))
    await becomes('shop.example', 200)
  })

  await t.test('an international name', async t => {
    await publish('xn--bcher-kva.example', routeTo(one.port))
    await becomes('xn--bcher-kva.example', 200)
    t.equal((await ask('xn--BCHER-kva.example:80')).status, 200)
  })

  await t.test('suspended, starting, and back', async t => {
    const route = routeTo(one.port)
    const { tenantId, slug, name } = route
    await publish('state.example', { tenantId, slug, name, epoch: 1, state: 'starting' })
    await becomes('state.example', 503)
    const starting = await ask('state.example', { headers: { accept: 'text/html' } })
    t.match(starting.headers, { 'retry-after': /^\d+$/, 'content-type': 'text/html; charset=utf-8' })
    t.match(starting.text, 'being started')
    await publish('state.example', route)
    await becomes('state.example', 200)
    await publish('state.example', { tenantId, slug, name, epoch: 2, state: 'suspended' })
    await becomes('state.example', 403)
    t.match((await ask('state.example')).json(), { code: 'tenant_suspended' })
    await publish('state.example', route)
    await becomes('state.example', 200)
  })

  await t.test('a record that is no route', async t => {
    await client.set('berth:route:odd.example', '{"v":99}')
    await waitFor('the record', async () => (await ask('odd.example')).status === 503)
    t.match((await ask('odd.example')).json(), { code: 'routes_unavailable' })
  })

  await t.test('no path is reserved, none is understood', async t => {
    const echo = await startOrigin(t, (incoming, answer) => { answer.end(incoming.url) })
    await publish('path.example', routeTo(echo.port))
    for (const path of ['/healthz', '/metrics', '/%zz', '//a//b/../c?x=%', '/?', '/a;b=c', '/caf\u00e9'.replace('\u00e9', '%E9')]) {
      t.equal((await ask('path.example', { path })).text, path)
    }
    t.equal((await ask('other.example', { path: 'http://path.example/absolute?x' })).text, '/absolute?x')
    t.equal((await ask('path.example', { method: 'OPTIONS', path: '*' })).text, '*')
    t.equal((await ask('path.example', { path: '*' })).status, 400)
  })

  await t.test('every method', async t => {
    const echo = await startOrigin(t, (incoming, answer) => { answer.setHeader('method', incoming.method ?? '').end() })
    await publish('method.example', routeTo(echo.port))
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE', 'QUERY']) {
      t.match(await ask('method.example', { method }), { status: 200, headers: { method } }, method)
    }
  })

  await t.test('health and metrics have a port of their own', async t => {
    const admin = (path: string) => request({ port: gateway.adminPort, path })
    t.match((await admin('/healthz')).json(), { status: 'ok' })
    t.match(await admin('/readyz'), { status: 200 })
    t.match((await admin('/readyz')).json(), { status: 'ready', redis: 'connected', stopping: false })
    const { text } = await admin('/metrics')
    t.match(text, /^berth_gateway_requests_total\{status="2xx"\} \d+$/m)
    t.match(text, /^berth_gateway_problems_total\{code="unknown_host"\} \d+$/m)
    t.match(text, /^berth_gateway_routes_connected 1$/m)
    t.match(text, /^berth_gateway_routes_known [1-9]\d*$/m)
    t.match(text, /^berth_gateway_requests_in_flight 0$/m)
  })
})
