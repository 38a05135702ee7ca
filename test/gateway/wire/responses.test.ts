// What a tenant answers, from the ordinary to the hostile: RFC 9112 §4 to §9, RFC 9110 §15.
import t from 'tap'
import { waitFor } from '../../world/wait-for.ts'
import { fieldOf, statusOf } from './message.ts'
import type { Message } from './message.ts'
import { isProblem } from './verdict.ts'
import { setWire } from './wire.ts'

/** What the client is to see: the whole answer, a 502 of the gateway's, or a connection that ends in the middle. */
type Sight = { status: number, body: string } | 'bad gateway' | 'cut'

const ok = (body: string, status = 200): Sight => ({ status, body })
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n'
/** It would be taken for the answer to the next request, if the connection were used again. */
const STRAY = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray'

interface Case {
  what: string
  bytes: string
  /** Several where the RFC leaves a choice. */
  sees: Sight[]
  method?: string
  /** The tenant ends its connection behind it. */
  ends?: boolean
  /** What the tenant still sends is not of this answer: its connection must not carry another request. */
  stray?: boolean
}

const CASES: Case[] = [
  { what: 'a length', bytes: `${OK}\r\nok`, sees: [ok('ok')] },
  { what: 'a length of nothing', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', sees: [ok('')] },
  { what: 'chunks', bytes: `${CHUNKED}1\r\no\r\n1;a=b\r\nk\r\n0\r\n\r\n`, sees: [ok('ok')] },
  { what: 'chunks in capitals', bytes: 'HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\nA\r\n0123456789\r\n000\r\n\r\n', sees: [ok('0123456789')] },
  { what: 'neither: until it ends', bytes: 'HTTP/1.1 200 OK\r\n\r\nall of it', ends: true, sees: [ok('all of it')] },
  { what: 'neither, of HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\n\r\nall of it', ends: true, sees: [ok('all of it')] },
  { what: 'neither, and nothing', bytes: 'HTTP/1.1 200 OK\r\n\r\n', ends: true, sees: [ok('')] },
  { what: 'HTTP/1.0 with a length', bytes: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', ends: true, sees: [ok('ok')] },
  { what: 'HTTP/1.0 with keep-alive', bytes: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok', sees: [ok('ok')] },
  { what: 'HTTP/1.0 without keep-alive: it is the last', bytes: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', stray: true, sees: [ok('ok')] },
  { what: 'Connection: close: it is the last', bytes: `${OK}Connection: close\r\n\r\nok`, stray: true, sees: [ok('ok')] },
  { what: 'Connection: Close, in a list', bytes: `${OK}Connection: foo, Close\r\n\r\nok`, stray: true, sees: [ok('ok')] },
  { what: 'an empty reason', bytes: 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok', sees: [ok('ok')] },
  { what: 'no reason and no space', bytes: 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', sees: [ok('ok'), 'bad gateway'] },
  { what: 'a reason beyond ASCII', bytes: 'HTTP/1.1 200 D\xe9j\xe0 vu\r\nContent-Length: 2\r\n\r\nok', sees: [ok('ok')] },
  { what: 'a status that nobody knows', bytes: 'HTTP/1.1 799 What\r\nContent-Length: 2\r\n\r\nok', sees: [ok('ok', 799)] },
  { what: 'an empty line before it', bytes: `\r\n${OK}\r\nok`, sees: [ok('ok'), 'bad gateway'] },

  { what: 'HEAD with a length', method: 'HEAD', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n', sees: [ok('')] },
  { what: 'HEAD with chunks announced', method: 'HEAD', bytes: CHUNKED, sees: [ok('')] },
  { what: 'HEAD with neither', method: 'HEAD', bytes: 'HTTP/1.1 200 OK\r\n\r\n', sees: [ok('')] },
  { what: 'HEAD with a body behind it', method: 'HEAD', bytes: `HTTP/1.1 200 OK\r\nContent-Length: ${STRAY.length}\r\n\r\n${STRAY}`, stray: true, sees: [ok('')] },
  { what: '204', bytes: 'HTTP/1.1 204 No Content\r\n\r\n', sees: [ok('', 204)] },
  { what: '204 with a length of nothing', bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', sees: [ok('', 204)] },
  { what: '204 with a body behind it', bytes: `HTTP/1.1 204 No Content\r\nContent-Length: ${STRAY.length}\r\n\r\n${STRAY}`, stray: true, sees: [ok('', 204), 'bad gateway'] },
  { what: '204 with chunks', bytes: 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nstray\r\n0\r\n\r\n', stray: true, sees: [ok('', 204), 'bad gateway'] },
  { what: '304 with the length of what it stands for', bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9999\r\n\r\n', sees: [ok('', 304)] },
  { what: '304 with a body behind it', bytes: `HTTP/1.1 304 Not Modified\r\nContent-Length: ${STRAY.length}\r\n\r\n${STRAY}`, stray: true, sees: [ok('', 304), 'bad gateway'] },
  { what: '205', bytes: 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n', sees: [ok('', 205)] },
  { what: 'more than its length', bytes: `${OK}\r\nok${STRAY}`, stray: true, sees: [ok('ok')] },
  { what: 'more behind its last chunk', bytes: `${CHUNKED}2\r\nok\r\n0\r\n\r\n${STRAY}`, stray: true, sees: [ok('ok')] },
  { what: 'an answer and another', bytes: `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n${STRAY}`, stray: true, sees: [ok('')] },

  { what: '100 before it', bytes: `HTTP/1.1 100 Continue\r\n\r\n${OK}\r\nok`, sees: [ok('ok')] },
  { what: '102 and 103 before it', bytes: `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${OK}\r\nok`, sees: [ok('ok')] },
  { what: '199 before it', bytes: `HTTP/1.1 199 What\r\n\r\n${OK}\r\nok`, sees: [ok('ok')] },
  { what: 'a hundred 100s before it', bytes: `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)}${OK}\r\nok`, sees: [ok('ok'), 'bad gateway'] },
  { what: 'a 100 with a length (no body is a 1xx\'s)', bytes: `HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n${OK}\r\nok`, sees: [ok('ok'), 'bad gateway'] },
  { what: '100 and nothing else', bytes: 'HTTP/1.1 100 Continue\r\n\r\n', ends: true, sees: ['bad gateway'] },
  { what: '101 not asked for', bytes: `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${STRAY}`, stray: true, sees: ['bad gateway'] },
  { what: '101 without Upgrade', bytes: `HTTP/1.1 101 Switching Protocols\r\n\r\n${OK}\r\nok`, stray: true, sees: ['bad gateway'] },

  { what: 'the same length twice', bytes: `${OK}Content-Length: 2\r\n\r\nok`, stray: true, sees: [ok('ok'), 'bad gateway'] },
  { what: 'two lengths', bytes: `${OK}Content-Length: 3\r\n\r\nok!`, sees: ['bad gateway'] },
  { what: 'two lengths in a list', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok!', sees: ['bad gateway'] },
  { what: 'a length and chunks', bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, stray: true, sees: [ok('ok'), 'bad gateway'] },
  { what: 'a negative length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a length with a sign', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a hexadecimal length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a length of no digits', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a length of 2^64 + 2', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'gzip, chunked, which nobody asked for', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', sees: ['bad gateway'] },
  { what: 'chunked twice', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', sees: ['bad gateway'] },
  { what: 'chunked that is not the last', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n2\r\nok\r\n0\r\n\r\n', ends: true, sees: ['bad gateway'] },
  { what: 'xchunked', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', ends: true, sees: ['bad gateway'] },
  { what: 'chunks of HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', ends: true, sees: ['bad gateway', ok('ok')] },
  { what: 'a space before the colon', bytes: `${OK}X : 1\r\n\r\nok`, sees: ['bad gateway', ok('ok')] },
  { what: 'a length with a space before its colon', bytes: 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok', ends: true, sees: ['bad gateway', ok('ok')] },
  { what: 'a folded header (§5.2)', bytes: `${OK}X: 1\r\n 2\r\n\r\nok`, sees: ['bad gateway', ok('ok')] },
  { what: 'a folded first header', bytes: 'HTTP/1.1 200 OK\r\n X: 1\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'bare LFs', bytes: 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', sees: ['bad gateway', ok('ok')] },
  { what: 'a bare CR in a value', bytes: `${OK}X: a\rb\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a NUL in a value', bytes: `${OK}X: a\0b\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a NUL in a name', bytes: `${OK}X\0Y: 1\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a header without a colon', bytes: `${OK}nonsense\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a header without a name', bytes: `${OK}: 1\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a space in a name', bytes: `${OK}X Y: 1\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a name beyond ASCII', bytes: `${OK}X\xe9: 1\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'status 000', bytes: 'HTTP/1.1 000 What\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'status 099', bytes: 'HTTP/1.1 099 What\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'status 99', bytes: 'HTTP/1.1 99 What\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'status 1000', bytes: 'HTTP/1.1 1000 What\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'status -200', bytes: 'HTTP/1.1 -200 What\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'no status', bytes: 'HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a status with a letter', bytes: 'HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a NUL in the reason', bytes: 'HTTP/1.1 200 O\0K\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a bare CR in the reason', bytes: 'HTTP/1.1 200 O\rK\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'HTTP/0.9', bytes: '<html>', ends: true, sees: ['bad gateway'] },
  { what: 'HTTP/2.0', bytes: 'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'small letters', bytes: 'http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'another protocol', bytes: 'ICY 200 OK\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a request', bytes: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', sees: ['bad gateway'] },
  { what: 'nothing', bytes: '', ends: true, sees: ['bad gateway'] },
  { what: 'half a head', bytes: 'HTTP/1.1 200 OK\r\nContent-Le', ends: true, sees: ['bad gateway'] },
  { what: 'a header of 70 KB', bytes: `${OK}X: ${'x'.repeat(70_000)}\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a status line of 1 MB', bytes: `HTTP/1.1 200 ${'x'.repeat(1_000_000)}\r\nContent-Length: 2\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'more headers than anybody has', bytes: `${OK}${'X: 1\r\n'.repeat(100_000)}\r\nok`, sees: ['bad gateway'] },

  { what: 'less than its length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', ends: true, sees: ['cut'] },
  { what: 'nothing of its length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n', ends: true, sees: ['cut', 'bad gateway'] },
  { what: 'chunks without the last', bytes: `${CHUNKED}4\r\nhalf\r\n`, ends: true, sees: ['cut'] },
  { what: 'half a chunk', bytes: `${CHUNKED}8\r\nhalf`, ends: true, sees: ['cut'] },
  { what: 'half the last chunk', bytes: `${CHUNKED}4\r\nhalf\r\n0\r\n`, ends: true, sees: ['cut'] },
  { what: 'half a trailer', bytes: `${CHUNKED}4\r\nhalf\r\n0\r\nX: 1\r\n`, ends: true, sees: ['cut'] },
  ...['g', '-1', '+1', '0x1', '', ' 1', '10000000000000001', '1\0', `${'f'.repeat(40)}`].map((size): Case =>
    ({ what: `a chunk of size ${JSON.stringify(size.slice(0, 20))}`, bytes: `${CHUNKED}4\r\nhalf\r\n${size}\r\nx\r\n0\r\n\r\n`, sees: ['cut'] })),
  { what: 'a chunk that is longer than it says', bytes: `${CHUNKED}4\r\nhalf!\r\n0\r\n\r\n`, sees: ['cut'] },
  { what: 'a bare LF behind a chunk size', bytes: `${CHUNKED}4\nhalf\r\n0\r\n\r\n`, sees: ['cut', 'bad gateway'] },
  { what: 'a bare LF in a chunk extension', bytes: `${CHUNKED}4;a\nhalf\r\n0\r\n\r\n`, sees: ['cut', 'bad gateway'] },
  { what: 'a trailer that is none', bytes: `${CHUNKED}4\r\nhalf\r\n0\r\nnonsense\r\n\r\n`, sees: ['cut'] },
  { what: 'a trailer of 70 KB', bytes: `${CHUNKED}4\r\nhalf\r\n0\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, sees: ['cut'] }
]

t.test('what a tenant answers', async t => {
  const wire = await setWire(t)
  const { tenant } = wire

  for (const { what, bytes, sees, method = 'GET', ends = false, stray = false } of CASES) {
    for (const pieces of bytes.length < 400 ? ['whole', 'byte by byte'] as const : ['whole'] as const) {
      await t.test(`${what}, ${pieces}`, async t => {
        tenant.forget()
        let told = false
        tenant.answer = (_request, { socket }) => {
          // Once: what the gateway asks again would be sent twice.
          if (told) return 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext'
          told = true
          const parts = pieces === 'whole' ? [bytes] : [...bytes]
          const write = (i: number) => {
            if (i < parts.length) socket.write(parts[i] as string, 'latin1', () => { setImmediate(write, i + 1) })
            else if (ends) socket.end()
          }
          write(0)
          return undefined
        }
        const client = await wire.client()
        client.send(wire.get([], `${method} /it HTTP/1.1`))
        const answer = (await client.responses(1, [method])).find(message => statusOf(message) >= 200)
        const seen = sight(answer)
        t.ok(sees.some(sight => JSON.stringify(sight) === JSON.stringify(seen)), `the client saw ${JSON.stringify(seen)}, may see ${JSON.stringify(sees)}`)
        if (seen === 'bad gateway') isProblem(t, answer as Message)
        if (seen === 'cut') t.not(client.ending(), 'open', 'the connection has ended')
        client.socket.destroy()
        t.equal(tenant.take().length, 1, 'it was asked once')

        const [first] = tenant.connections.slice(-1)
        const next = await wire.ask(wire.get([], 'GET /next HTTP/1.1'))
        t.equal(next.body, 'next', 'the next request has an answer of its own')
        if (stray) t.not(tenant.connections.at(-1), first, 'on a connection of its own')
        t.strictSame(tenant.take().map(({ start }) => start), ['GET /next HTTP/1.1'])
      })
    }
  }

  function sight (answer: Message | undefined): Sight {
    if (answer === undefined) return 'cut'
    return statusOf(answer) === 502 && fieldOf(answer, 'content-type') === 'application/problem+json' ? 'bad gateway' : ok(answer.body, statusOf(answer))
  }

  await t.test('headers that never end', async t => {
    tenant.answer = (_request, { socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const write = () => { if (!socket.destroyed) socket.write('X: 1\r\n'.repeat(1000), () => { setImmediate(write) }) }
      write()
      return undefined
    }
    const answer = await wire.ask(wire.get())
    t.equal(statusOf(answer), 502)
    await waitFor('the tenant to be let go', () => tenant.connections.at(-1)?.ended)
  })

  await t.test('bytes that nobody asked for, on a connection that waits', async t => {
    tenant.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    await wire.ask(wire.get())
    const idle = tenant.connections.find(({ ended }) => !ended)
    if (idle === undefined) return t.fail('no connection is kept')
    idle.socket.write(STRAY)
    await waitFor('that connection to be ended', () => idle.ended)
    for (let i = 0; i < 5; i++) t.equal((await wire.ask(wire.get())).body, 'ok')
  })

  await t.test('a connection that the tenant ends while it waits is not used again', async t => {
    tenant.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    for (let i = 0; i < 20; i++) {
      const answer = await wire.ask(wire.get())
      t.equal(answer.body, 'ok')
      const open = tenant.connections.filter(({ ended }) => !ended)
      for (const { socket } of open) socket.end()
      await waitFor('the gateway to end it too', () => open.every(({ ended }) => ended))
    }
  })

  await t.test('an answer to a body that is not through yet', async t => {
    tenant.answer = () => undefined
    const client = await wire.client()
    client.send(`${wire.get(['Content-Length: 10'], 'POST /it HTTP/1.1')}half`)
    const early = await waitFor('the half of it', () => tenant.halfway()[0])
    early.socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig')
    const [answer] = await client.responses()
    t.strictSame([statusOf(answer as Message), answer?.body], [413, 'big'])
    client.send('-other' + wire.get([], 'GET /next HTTP/1.1'))
    tenant.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext'
    const [, next] = await client.responses(2)
    // Either is good order: the rest is read and dropped, or the connection has ended.
    t.ok(next === undefined ? client.ending() !== 'open' : next.body === 'next')
    t.ok(early.ended || early.received.endsWith('half-other'), 'and the tenant is not left with half of it')
  })
})
