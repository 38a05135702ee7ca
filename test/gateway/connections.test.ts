import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { waitFor } from '../world/wait-for.ts'
import { setScene, startOrigin, startRawOrigin } from './scene.ts'
import { clientOf } from './wire-client.ts'

t.test('what becomes of connections', async t => {
  const scene = await setScene(t, 'bt-gwconnections')
  const { gateway, publish, ask } = scene
  const { live, open, speak } = clientOf(scene)

  await t.test('connections are kept, and kept apart by instance', async t => {
    const sockets = new Set<unknown>()
    const origin = await startOrigin(t, (incoming, answer) => {
      sockets.add(incoming.socket)
      answer.end()
    })
    const route = await live('kept.example', origin.port)
    for (let i = 0; i < 10; i++) await ask('kept.example')
    t.equal(sockets.size, 1)
    await publish('kept.example', { ...route, instance: 'the next one' })
    await waitFor('the next instance at the same address', async () => {
      await ask('kept.example')
      return sockets.size === 2
    })
    await live('neighbour.example', origin.port)
    await ask('neighbour.example')
    t.equal(sockets.size, 3, 'and another tenant never uses it')
  })

  await t.test('an answer before the upload is through', async t => {
    const origin = await startOrigin(t, (_incoming, answer) => { answer.writeHead(413, { connection: 'close' }).end('too large') })
    await live('early.example', origin.port)
    // Writes everything before it reads anything, as simple clients do.
    const answer = await ask('early.example', { method: 'POST', body: Buffer.alloc(8 * 1024 * 1024) })
    t.ok([413, 502].includes(answer.status), `${answer.status}: the tenant's own, unless its closing overtook it`)
  })

  await t.test('a client that goes away ends the request to the tenant', async t => {
    const origin = await startOrigin(t, () => {})
    await live('leaving.example', origin.port)
    for (const [method, body] of [['GET', ''], ['POST', 'half']] as const) {
      const outgoing = open('leaving.example', { method, headers: body === '' ? {} : { 'content-length': '10' } })
      outgoing.on('error', () => {})
      outgoing.write(body)
      if (body === '') outgoing.end()
      const reached = await waitFor('the request', async () => origin.requests.find(incoming => incoming.method === method))
      outgoing.destroy()
      await waitFor('its end', async () => reached.socket.destroyed)
    }
    const lines = await waitFor('the log', async () => {
      const cut = gateway.log().filter(line => line.host === 'leaving.example' && line.cutBy === 'client')
      return cut.length === 2 && cut
    })
    t.match(lines, [{ status: 499 }, { status: 499 }])
  })

  await t.test('a tenant that breaks off in the middle never looks finished', async t => {
    const origin = await startRawOrigin(t, socket => {
      socket.on('data', data => {
        const path = String(data).split(' ')[1]
        const framing = path === '/length' ? 'Content-Length: 10' : 'Transfer-Encoding: chunked'
        socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${path === '/length' ? 'half' : '4\r\nhalf\r\n'}`, () => socket.destroy())
      })
    })
    await live('broken.example', origin.port)
    for (const path of ['/length', '/chunked']) await t.rejects(ask('broken.example', { path }), { code: 'ECONNRESET' }, path)
    const socket = connect(gateway.port, '127.0.0.1')
    socket.write('GET /chunked HTTP/1.0\r\nHost: broken.example\r\n\r\n')
    await t.rejects(text(socket), { code: 'ECONNRESET' }, 'HTTP/1.0: where the end of the connection would be the end of the body')
    await waitFor('the log', async () => gateway.log().some(line => line.host === 'broken.example' && line.cutBy === 'tenant'))
  })

  await t.test('what is no HTTP is refused', async t => {
    const origin = await startOrigin(t, (_incoming, answer) => { answer.end() })
    await live('strict.example', origin.port)
    const count = origin.requests.length
    const rest = 'Connection: close\r\n\r\n'
    const refused: Array<[request: string, status: number]> = [
      ['NONSENSE\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\n${rest}`, 400],
      [`GET / HTTP/1.1\r\nHost: strict.example\r\nHost: evil.example\r\n${rest}`, 400],
      [`GET / HTTP/1.1\r\nHost:\r\n${rest}`, 400],
      [`POST / HTTP/1.1\r\nHost: strict.example\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n${rest}0\r\n\r\n`, 400],
      [`POST / HTTP/1.1\r\nHost: strict.example\r\nContent-Length: 5\r\nContent-Length: 6\r\n${rest}hello`, 400],
      [`POST / HTTP/1.1\r\nHost: strict.example\r\nTransfer-Encoding: xchunked\r\n${rest}0\r\n\r\n`, 501],
      [`GET / HTTP/1.1\r\nHost: strict.example\r\nX: a\0b\r\n${rest}`, 400],
      [`GET / HTTP/1.1\r\nHost: strict.example\r\nX: ${'a'.repeat(40_000)}\r\n${rest}`, 431]
    ]
    for (const [request, status] of refused) t.match(await speak(request), new RegExp(`^HTTP/1\\.1 ${status} [^]*"code"`), request.slice(0, 80))
    t.equal(origin.requests.length, count, 'none of it reached the tenant')
    t.match(await speak(`CONNECT strict.example:80 HTTP/1.1\r\nHost: strict.example\r\n${rest}`), /^HTTP\/1\.1 (400|403|405|501) [^]*"code"/)
    t.equal(origin.requests.length, count, 'nor is there a tunnel to it')
  })
})
