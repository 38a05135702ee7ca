import { once } from 'node:events'
import { request as send } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { freePort } from '../world/ports.ts'
import { request } from '../world/http.ts'
import { waitFor } from '../world/wait-for.ts'
import { routeTo, setScene, startOrigin } from './scene.ts'

t.test('WebSockets pass through', async t => {
  const { gateway, publish, ask } = await setScene(t, 'bt-gwsocket')
  const origin = await startOrigin(t, (_incoming, answer) => { answer.end('plain') })
  const handshakes: IncomingMessage[] = []
  const wss = new WebSocketServer({
    server: origin.server,
    perMessageDeflate: true,
    handleProtocols: protocols => [...protocols].at(-1) ?? false,
    verifyClient: ({ req }: { req: IncomingMessage }, done: (ok: boolean, code?: number, message?: string, headers?: Record<string, string>) => void) => {
      if (req.url === '/refused') done(false, 403, 'not you', { 'x-why': 'because' })
      else done(true)
    }
  })
  wss.on('connection', (socket, handshake) => {
    handshakes.push(handshake)
    socket.on('message', (data, binary) => { socket.send(data, { binary }) })
    if (handshake.url === '/greets') socket.send('hello')
  })
  const route = routeTo(origin.port, { name: 'Bücher' })
  await publish('live.example', route)
  await publish('dead.example', routeTo(await freePort()))

  const open = (path = '/', protocols: string[] = [], headers: Record<string, string> = {}) => {
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}${path}`, protocols, { headers: { host: 'live.example:8080', ...headers } })
    // A handshake that was refused is never open; ending it is an error then.
    socket.on('error', () => {})
    t.teardown(() => { socket.terminate() })
    return socket
  }
  const opened = async (socket: WebSocket) => {
    await once(socket, 'open')
    return socket
  }
  const echo = async (socket: WebSocket, data: string | Buffer) => {
    const answer = once(socket, 'message')
    socket.send(data)
    return (await answer)[0] as Buffer
  }
  const websockets = async () => /^berth_gateway_websockets (\d+)$/m.exec((await request({ port: gateway.adminPort, path: '/metrics' })).text)?.[1]

  await t.test('text, binary, large and many messages', async t => {
    const socket = await opened(open())
    t.equal(String(await echo(socket, 'hällo')), 'hällo')
    const large = Buffer.alloc(5 * 1024 * 1024, 'x')
    t.equal((await echo(socket, large)).compare(large), 0)
    for (let i = 0; i < 100; i++) await echo(socket, String(i))
    t.equal(await websockets(), '1')
    socket.close()
    await waitFor('the tunnel to be gone', async () => await websockets() === '0')
  })

  await t.test('the handshake arrives as every other request', async t => {
    const socket = await opened(open('/path?q=1', ['a', 'b'], { 'X-Tenant-Id': 'tn_evil', 'X-Forwarded-For': '6.6.6.6', origin: 'http://live.example:8080' }))
    t.equal(socket.protocol, 'b')
    t.match(socket.extensions, /permessage-deflate/)
    const handshake = handshakes.at(-1) as IncomingMessage
    t.equal(handshake.url, '/path?q=1')
    t.match(handshake.headers, {
      host: 'live.example:8080',
      connection: 'Upgrade',
      upgrade: 'websocket',
      origin: 'http://live.example:8080',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'live.example:8080',
      'x-request-id': /^[0-9a-f]{32}$/,
      'x-tenant-id': route.tenantId,
      'x-tenant-slug': route.slug,
      'x-tenant-name': 'B%C3%BCcher'
    })
    socket.terminate()
  })

  await t.test('what the tenant says with its handshake is not lost', async t => {
    const [data] = await once(open('/greets'), 'message')
    t.equal(String(data), 'hello')
  })

  await t.test('ping, pong and close codes, both ways', async t => {
    const socket = await opened(open())
    const server = [...wss.clients].at(-1) as WebSocket
    socket.ping('are you there')
    t.equal(String((await once(socket, 'pong'))[0]), 'are you there')
    server.ping('and you')
    t.equal(String((await once(server, 'pong'))[0]), 'and you')
    server.close(4001, 'enough')
    const [code, reason] = await once(socket, 'close')
    t.strictSame([code, String(reason)], [4001, 'enough'])

    const other = await opened(open())
    const ended = once([...wss.clients].at(-1) as WebSocket, 'close')
    other.close(4002, 'bye')
    const [code2, reason2] = await ended
    t.strictSame([code2, String(reason2)], [4002, 'bye'])
  })

  await t.test('one side vanishes: so does the other', async t => {
    const socket = await opened(open())
    const ended = once([...wss.clients].at(-1) as WebSocket, 'close')
    socket.terminate()
    t.equal((await ended)[0], 1006)
    const other = await opened(open())
    const closed = once(other, 'close')
    for (const client of wss.clients) client.terminate()
    t.equal((await closed)[0], 1006)
    await waitFor('no tunnel to be left', async () => await websockets() === '0')
  })

  await t.test('it outlives a change of the route that keeps its instance, and one that does not', async t => {
    const socket = await opened(open())
    await publish('live.example', { ...route, epoch: 2, name: 'New name' })
    await publish('second.live.example', route)
    await waitFor('the change to be seen', async () => {
      await ask('live.example')
      return origin.requests.at(-1)?.headers['x-tenant-name'] === 'New name'
    })
    t.equal(String(await echo(socket, 'still here')), 'still here')
    await publish('live.example', { ...route, instance: 'the next one' })
    await waitFor('the new instance', async () => (await ask('live.example')).status === 200)
    t.equal(String(await echo(socket, 'and here')), 'and here')
    socket.terminate()
  })

  const refusals: Array<[what: string, path: string, headers: Record<string, string>, status: number, body: RegExp]> = [
    ['the tenant', '/refused', {}, 403, /^not you$/],
    ['the tenant that is not there', '/', { host: 'dead.example' }, 502, /"code":"tenant_unreachable"/],
    ['the gateway', '/', { host: 'nobody.example' }, 404, /"code":"unknown_host"/]
  ]
  for (const [who, path, headers, status, body] of refusals) {
    await t.test(`refused by ${who}: a plain answer`, async t => {
      const [, answer] = await once(open(path, [], headers), 'unexpected-response') as [unknown, IncomingMessage]
      t.equal(answer.statusCode, status)
      t.equal(answer.headers.connection, 'close')
      t.match(await text(answer), body)
    })
  }

  await t.test('an upgrade to something else is an ordinary request', async t => {
    const answer = await ask('live.example', { headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' } })
    t.match(answer, { status: 200, text: 'plain' })
    const { headers } = origin.requests.at(-1) as IncomingMessage
    t.strictSame([headers.upgrade, headers['http2-settings'], headers.connection], [undefined, undefined, undefined])
  })

  await t.test('a handshake with a body is refused: the two sides would not agree where it ends', async t => {
    const count = origin.requests.length
    const socket = connect(gateway.port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: live.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello')
    t.match(await text(socket), /^HTTP\/1\.1 400 [^]*"code":"bad_request"/)
    t.equal(origin.requests.length, count)
  })

  await t.test('a slow reader holds the tenant back', async t => {
    const outgoing = send({
      port: gateway.port,
      host: '127.0.0.1',
      headers: { host: 'live.example', connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
    }).end()
    const [, socket] = await once(outgoing, 'upgrade')
    socket.pause()
    const server = [...wss.clients].at(-1) as WebSocket
    for (let i = 0; i < 64; i++) server.send(Buffer.alloc(1024 * 1024), { compress: false })
    let before = -1
    await waitFor('the tenant to be held back', async () => {
      const same = server.bufferedAmount === before
      before = server.bufferedAmount
      return same
    })
    t.ok(before > 16 * 1024 * 1024, `${before} bytes wait at the tenant`)
    socket.destroy()
  })

  await t.test('the log has a line when it has ended', async t => {
    const line = await waitFor('the line', async () => gateway.log().find(line => line.status === 101 && line.path === '/path'))
    t.match(line, { tenant: route.tenantId, method: 'GET', host: 'live.example:8080' })
  })
})
