// Connections of clients: pipelining, keep-alive, half-closing, going away. RFC 9112 §9.
import t from 'tap'
import { waitFor } from '../../world/wait-for.ts'
import { fieldOf, statusOf } from './message.ts'
import type { Message } from './message.ts'
import { echoTarget } from './raw-tenant.ts'
import { HOST, setWire } from './wire.ts'

t.test('connections of clients', async t => {
  const wire = await setWire(t)
  const { tenant } = wire
  t.beforeEach(() => {
    tenant.answer = echoTarget
    tenant.forget()
  })
  const post = (path: string, body: string) => `${wire.get([`Content-Length: ${body.length}`], `POST ${path} HTTP/1.1`)}${body}`
  const bodies = (messages: readonly Message[]) => messages.map(({ body }) => body)

  await t.test('fifty requests at once: fifty answers, in order', async t => {
    const paths = Array.from({ length: 50 }, (_, i) => `/${i}`)
    const client = await wire.client()
    client.send(paths.map(path => wire.get([], `GET ${path} HTTP/1.1`)).join(''))
    t.strictSame(bodies(await client.responses(50)), paths)
    t.strictSame(new Set(tenant.take().map(({ start }) => start.split(' ')[1])), new Set(paths))
  })

  await t.test('in order also when the tenant answers the last first', async t => {
    const held = new Map<string, () => void>()
    tenant.answer = (request, connection) => {
      const answer = echoTarget(request, connection) as string
      held.set(request.start.split(' ')[1] as string, () => { connection.socket.write(answer) })
      return undefined
    }
    const client = await wire.client()
    const paths = ['/a', '/b', '/c']
    client.send(paths.map(path => wire.get([], `GET ${path} HTTP/1.1`)).join(''))
    await waitFor('the first of them', () => held.has('/a'))
    // A gateway may ask for them side by side or one by one.
    await waitFor('all to be answered', () => {
      for (const [path, answer] of [...held].reverse()) {
        held.delete(path)
        answer()
      }
      return client.received().includes('\r\n\r\n/c')
    })
    t.strictSame(bodies(await client.responses(3)), paths)
  })

  await t.test('one that is not safe waits for what is before it, and is waited for (§9.3.2)', async t => {
    const client = await wire.client()
    client.send(wire.get([], 'GET /1 HTTP/1.1') + post('/2', 'hello') + post('/3', 'again') + wire.get([], 'GET /4 HTTP/1.1') + wire.get([], 'DELETE /5 HTTP/1.1'))
    t.strictSame(bodies(await client.responses(5)), ['/1', '/2', '/3', '/4', '/5'])
    t.strictSame(tenant.take().map(({ start, body }) => [start.split(' ')[1], body]), [['/1', ''], ['/2', 'hello'], ['/3', 'again'], ['/4', ''], ['/5', '']])
  })

  await t.test('methods in between', async t => {
    const client = await wire.client()
    client.send(wire.get([], 'HEAD /1 HTTP/1.1') + wire.get([], 'GET /2 HTTP/1.1') + wire.get([], 'HEAD /3 HTTP/1.1') + post('/4', 'x'))
    t.strictSame(bodies(await client.responses(4, ['HEAD', 'GET', 'HEAD', 'POST'])), ['', '/2', '', '/4'])
  })

  await t.test('errors of the gateway stand in their place', async t => {
    const client = await wire.client()
    const elsewhere = 'GET /2 HTTP/1.1\r\nHost: \r\n\r\n'
    client.send(wire.get([], 'GET /1 HTTP/1.1') + elsewhere)
    const [first, second] = await client.responses(2)
    t.strictSame([first?.body, statusOf(second as Message)], ['/1', 400])
  })

  await t.test('what is no request ends the connection, after the answers before it', async t => {
    const client = await wire.client()
    client.send(`${wire.get([], 'GET /1 HTTP/1.1')}${wire.get([], 'GET /2 HTTP/1.1')}nonsense\r\n\r\n${wire.get([], 'GET /3 HTTP/1.1')}`)
    const answers = await client.end()
    t.strictSame(bodies(answers).slice(0, 2), ['/1', '/2'])
    t.equal(answers[2] && statusOf(answers[2]), 400)
    t.equal(answers.length, 3)
    t.notOk(tenant.take().some(({ start }) => start.includes('/3')))
  })

  await t.test('Connection: close is the last: nothing behind it is a request', async t => {
    const client = await wire.client()
    client.send(wire.get(['Connection: close'], 'GET /1 HTTP/1.1') + wire.get([], 'GET /2 HTTP/1.1'))
    const answers = await client.end()
    t.strictSame([bodies(answers), fieldOf(answers[0] as Message, 'connection'), client.ending()], [['/1'], 'close', 'end'])
    t.equal(tenant.take().length, 1)
  })

  await t.test('HTTP/1.0: one request a connection, unless it asks', async t => {
    const client = await wire.client()
    client.send(`GET /1 HTTP/1.0\r\nHost: ${HOST}\r\n\r\n${wire.get([], 'GET /2 HTTP/1.1')}`)
    t.strictSame(bodies(await client.end()), ['/1'])
    t.equal(tenant.take().length, 1)
    const keeping = await wire.client()
    keeping.send(`GET /1 HTTP/1.0\r\nHost: ${HOST}\r\nConnection: Keep-Alive\r\n\r\n`)
    const [answer] = await keeping.responses()
    t.match(fieldOf(answer as Message, 'connection'), /keep-alive/i)
    keeping.send(wire.get(['Connection: close'], 'GET /2 HTTP/1.1'))
    t.strictSame(bodies(await keeping.end()), ['/1', '/2'])
  })

  await t.test('HTTP/1.0 gets no chunks', async t => {
    tenant.answer = () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: 1\r\n\r\n'
    const client = await wire.client()
    client.send(`GET / HTTP/1.0\r\nHost: ${HOST}\r\nConnection: keep-alive\r\n\r\n`)
    const [answer] = await client.end()
    t.strictSame([answer?.body, fieldOf(answer as Message, 'transfer-encoding'), client.ending()], ['ok', undefined, 'end'])
  })

  await t.test('a flood of requests that nobody answers yet is cut', async t => {
    tenant.answer = () => ''
    const client = await wire.client()
    client.send(wire.get([], 'GET / HTTP/1.1').repeat(20_000))
    await waitFor('the end of it', () => client.ending() !== 'open')
    t.equal(client.received(), '')
  })

  // A browser that goes away looks the same from here; nginx, Caddy and Node's own server hold it that way too.
  await t.test('a client that closes its side is taken to be gone', async t => {
    for (const bytes of [wire.get(), post('/', 'hello')]) {
      let asked: { ended: boolean } | undefined
      tenant.answer = (_request, connection) => {
        asked = connection
        return ''
      }
      const client = await wire.client()
      client.send(bytes)
      await waitFor('the tenant to be asked', () => asked !== undefined)
      client.socket.end()
      await waitFor('the tenant to see it', () => asked?.ended)
      t.equal((await client.end()).length, 0)
    }
  })

  await t.test('a client that goes away ends its request at the tenant', async t => {
    const ways: Array<[what: string, lines: string[], body: string, answer: string]> = [
      ['before the answer', [], '', ''],
      ['in the middle of the answer', [], '', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'],
      ['in the middle of a chunked answer', [], '', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
      ['after the body', ['Content-Length: 4'], 'body', '']
    ]
    for (const [what, lines, body, answer] of ways) {
      for (const how of ['destroy', 'resetAndDestroy'] as const) {
        let asked: { ended: boolean } | undefined
        tenant.answer = (_request, connection) => {
          asked = connection
          return answer
        }
        const client = await wire.client()
        client.send(wire.get(lines, `${body === '' ? 'GET' : 'POST'} / HTTP/1.1`) + body)
        await waitFor('the tenant to be asked', () => asked !== undefined && client.received().endsWith(answer === '' ? '' : 'half\r\n'.slice(0, answer.endsWith('\n') ? 6 : 4)))
        client.socket[how]()
        await waitFor(`the tenant to see it: ${what}, ${how}`, () => asked?.ended)
        t.ok(asked?.ended, `${what}, ${how}`)
      }
    }
  })

  await t.test('a tenant that resets in the middle of its answer: the client never sees a clean end', async t => {
    for (const head of ['Content-Length: 10\r\n\r\nhalf', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', '\r\nhalf']) {
      for (const version of ['1.1', '1.0']) {
        let reset = (): void => {}
        tenant.answer = (_request, { socket }) => {
          socket.write(`HTTP/1.1 200 OK\r\n${head}`)
          reset = () => { socket.resetAndDestroy() }
          return undefined
        }
        const client = await wire.client()
        client.send(`GET / HTTP/${version}\r\nHost: ${HOST}\r\n\r\n`)
        await waitFor('half of the answer', () => client.received().includes('half'), { intervalMs: 2 })
        reset()
        // With chunks the missing last one tells; without a length only a reset does.
        const answers = await client.responses()
        t.strictSame(answers, [], `HTTP/${version}, ${JSON.stringify(head)}`)
      }
    }
  })
})
