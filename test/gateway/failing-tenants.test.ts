import { once } from 'node:events'
import t from 'tap'
import { freePort } from '../world/ports.ts'
import { waitFor } from '../world/wait-for.ts'
import { routeTo, setScene, startOrigin, startRawOrigin } from './scene.ts'

t.test('tenants that fail', async t => {
  const { gateway, publish, ask } = await setScene(t, 'bt-gwfailing', {
    BERTH_GATEWAY_CONNECT_TIMEOUT_MS: '500',
    BERTH_GATEWAY_RESPONSE_TIMEOUT_MS: '500',
    BERTH_GATEWAY_BODY_TIMEOUT_MS: '500',
    BERTH_GATEWAY_TENANT_CONNECTIONS: '2',
    BERTH_GATEWAY_TENANT_QUEUE: '1'
  })
  const dead = await freePort()
  await publish('dead.example', routeTo(dead))

  await t.test('refused: 502, to a program', async t => {
    const answer = await ask('dead.example')
    t.match(answer, { status: 502, headers: { 'content-type': 'application/problem+json' } })
    t.match(answer.json(), { status: 502, code: 'tenant_unreachable' })
    t.notMatch(answer.text, /127\.0\.0\.1|ECONN/)
  })

  await t.test('refused: 502, to a browser', async t => {
    const answer = await ask('dead.example', { headers: { accept: 'text/html,*/*;q=0.8' } })
    t.match(answer, { status: 502, headers: { 'content-type': 'text/html; charset=utf-8' } })
    t.match(answer.text, /<h1>Not reachable<\/h1>/)
    t.match(answer.text, answer.headers['x-request-id'] as string)
    t.notMatch(answer.text, /127\.0\.0\.1/)
  })

  await t.test('refused: a client in the middle of an upload is told, and its connection is still good', async t => {
    for (let i = 0; i < 10; i++) {
      // 503 once it has been given up for a while.
      t.match((await ask('dead.example', { method: 'POST', body: Buffer.alloc(8 * 1024 * 1024) })).status, /^50[23]$/)
      t.equal((await ask('nobody.example', { method: 'POST', body: Buffer.alloc(8 * 1024 * 1024) })).status, 404)
    }
    t.equal((await ask('dead.example', { method: 'HEAD' })).text, '')
  })

  await t.test('no answer in time: 504', async t => {
    const silent = await startRawOrigin(t, () => {})
    await publish('silent.example', routeTo(silent.port))
    const answer = await ask('silent.example', { method: 'POST', body: 'x' })
    t.equal(answer.status, 504)
    t.match(answer.json(), { code: 'tenant_timeout' })
    t.equal(silent.sockets.length, 1, 'and it was asked once')
  })

  await t.test('an answer that stops: the client is cut off', async t => {
    const stops = await startRawOrigin(t, socket => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf') })
    await publish('stops.example', routeTo(stops.port))
    await t.rejects(ask('stops.example'), { code: 'ECONNRESET' })
  })

  const answers: Array<[what: string, answer: string | null, code: string]> = [
    ['closes at once', null, 'tenant_unreachable'],
    ['closes in the middle of its head', 'HTTP/1.1 200 OK\r\nX: ', 'tenant_unreachable'],
    ['speaks something else', 'SSH-2.0-OpenSSH_9.2\r\n', 'tenant_bad_response'],
    ['sends a broken header', 'HTTP/1.1 200 OK\r\nBad Header: 1\r\n\r\n', 'tenant_bad_response'],
    ['sends two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 'tenant_bad_response'],
    ['sends too large a head', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`, 'tenant_bad_response'],
    ['switches protocols unasked', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', 'tenant_bad_response']
  ]
  for (const [what, answer, code] of answers) {
    await t.test(`one that ${what}: 502, and it was asked once`, async t => {
      const origin = await startRawOrigin(t, socket => {
        socket.once('data', () => { if (answer === null) socket.destroy(); else socket.end(answer, 'latin1') })
      })
      await publish('odd.example', routeTo(origin.port))
      await waitFor('it to be asked', async () => {
        const response = await ask('odd.example')
        if (origin.sockets.length === 0) return false
        t.equal(response.status, 502)
        t.equal(response.json<{ code: string }>().code, code)
        return true
      })
      t.equal(origin.sockets.length, 1)
    })
  }

  await t.test('one that has its fill: the queue is bounded, the neighbours are not concerned', async t => {
    const held: Array<() => void> = []
    const slow = await startOrigin(t, (_incoming, answer) => { held.push(() => { answer.end('done') }) })
    const quick = await startOrigin(t, (_incoming, answer) => { answer.end('quick') })
    await publish('slow.example', routeTo(slow.port))
    await publish('quick.example', routeTo(quick.port))
    const served = [ask('slow.example'), ask('slow.example')]
    await waitFor('both connections to be taken', async () => held.length === 2)
    const waiting = ask('slow.example')
    const refused = await waitFor('the queue to be full', async () => {
      const answer = await ask('slow.example')
      return answer.status === 503 && answer
    })
    t.match(refused, { headers: { 'retry-after': /\d/ } })
    t.match(refused.json(), { code: 'tenant_busy' })
    t.equal((await ask('quick.example')).text, 'quick')
    for (const release of held.splice(0)) release()
    await waitFor('the one that waited', async () => held.length === 1)
    held[0]?.()
    t.strictSame((await Promise.all([...served, waiting])).map(({ text }) => text), ['done', 'done', 'done'])
  })

  await t.test('a place is given back however a request ends', async t => {
    const origin = await startOrigin(t, (_incoming, answer) => { answer.destroy() })
    await publish('places.example', routeTo(origin.port))
    for (let i = 0; i < 10; i++) t.equal((await ask('places.example')).status, 502)
    for (let i = 0; i < 10; i++) t.match((await ask('dead.example')).status, /^50[23]$/)
  })

  await t.test('one that comes back is used again', async t => {
    const { server } = await startOrigin(t, (_incoming, answer) => { answer.end('back') })
    server.close()
    await once(server, 'close')
    server.listen(dead, '127.0.0.1')
    await once(server, 'listening')
    await waitFor('it to be tried again', async () => (await ask('dead.example')).text === 'back')
  })

  t.notMatch(gateway.output(), /"level":50/, 'none of this is an error of the gateway')
})
