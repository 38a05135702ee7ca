// WebSocket handshakes and the tunnel behind them, byte for byte: RFC 6455 §4, RFC 9110 §7.8.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { waitFor } from '../../world/wait-for.ts'
import { fieldOf, statusOf } from './message.ts'
import type { Message } from './message.ts'
import type { RawClient } from './raw-client.ts'
import type { TenantConnection } from './raw-tenant.ts'
import { HOST, setWire } from './wire.ts'

const MiB = 1024 * 1024
const HANDSHAKE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']
const ACCEPTED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n'

/** A frame as RFC 6455 §5.2 lays it out, not masked; `first` is FIN and opcode. */
function frame (first: number, payload: Buffer): Buffer {
  const { length } = payload
  const head = length < 126 ? Buffer.from([first, length]) : length < 65536 ? Buffer.alloc(4) : Buffer.alloc(10)
  head[0] = first
  if (head.length === 4) {
    head[1] = 126
    head.writeUInt16BE(length, 2)
  } else if (head.length === 10) {
    head[1] = 127
    head.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([head, payload])
}

const FRAMES: Array<[what: string, bytes: Buffer]> = [
  ['text', frame(0x81, Buffer.from('hällo'))],
  ['binary of 1 MiB', frame(0x82, randomBytes(MiB))],
  ['fragments, a ping between them', Buffer.concat([frame(0x01, Buffer.from('a')), frame(0x89, Buffer.from('?')), frame(0x00, Buffer.from('b')), frame(0x80, Buffer.from('c'))])],
  ['ping', frame(0x89, Buffer.from('are you there'))],
  ['pong', frame(0x8a, Buffer.alloc(125))],
  ['reserved bits, which extensions use', frame(0xc1, randomBytes(300))],
  ['close 1000', frame(0x88, Buffer.from([0x03, 0xe8]))],
  ['close 4999 with a reason', frame(0x88, Buffer.concat([Buffer.from([0x13, 0x87]), Buffer.from('enough')]))]
]

t.test('WebSockets on the wire', async t => {
  const wire = await setWire(t, { BERTH_GATEWAY_TENANT_WEBSOCKETS: '2000' })
  const { tenant } = wire
  t.beforeEach(() => {
    tenant.forget()
    tenant.bytes = undefined
  })

  /** A tunnel: the client's end, the tenant's, and what the tenant has got behind the handshake. */
  async function tunnel (behind = ''): Promise<{ client: RawClient, connection: TenantConnection, got: () => string }> {
    const received: string[] = []
    let connection: TenantConnection | undefined
    tenant.answer = (_request, asked) => {
      connection = asked
      asked.socket.removeAllListeners('data')
      asked.socket.on('data', (data: Buffer) => { received.push(data.toString('latin1')) })
      if (asked.received.includes('\r\n\r\n') && behind !== '') received.push(asked.received.slice(asked.received.indexOf('\r\n\r\n') + 4))
      return `${ACCEPTED}\r\n`
    }
    const client = await wire.client()
    client.send(`${wire.get(HANDSHAKE)}${behind}`)
    const [answer] = await waitFor('101', async () => client.received().includes('\r\n\r\n') && await client.responses(0), { intervalMs: 2 })
    if (statusOf(answer as Message) !== 101) throw new Error(`Not a tunnel: ${client.received()}`)
    return { client, connection: connection as TenantConnection, got: () => received.join('') }
  }
  const after101 = (client: RawClient) => client.received().slice(client.received().indexOf('\r\n\r\n') + 4)

  await t.test('the handshake passes', async t => {
    tenant.answer = () => `${ACCEPTED}Sec-WebSocket-Protocol: b\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10\r\nX-Own: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n`
    const client = await wire.client()
    client.send(wire.get([...HANDSHAKE, 'Sec-WebSocket-Protocol: a, b', 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits', 'Origin: http://x', 'X-Tenant-Id: evil'], 'GET /path?q HTTP/1.1'))
    const [request] = await tenant.next()
    const field = (name: string) => fieldOf(request as Message, name)
    t.equal(request?.start, 'GET /path?q HTTP/1.1')
    t.strictSame([field('connection')?.toLowerCase(), field('upgrade'), field('host'), field('origin')], ['upgrade', 'websocket', HOST, 'http://x'])
    t.strictSame([field('sec-websocket-key'), field('sec-websocket-version'), field('sec-websocket-protocol'), field('sec-websocket-extensions')],
      ['dGhlIHNhbXBsZSBub25jZQ==', '13', 'a, b', 'permessage-deflate; client_max_window_bits'])
    t.not(field('x-tenant-id'), 'evil')
    const [answer] = await waitFor('101', async () => client.received().includes('\r\n\r\n') && await client.responses(0), { intervalMs: 2 })
    const back = (name: string) => fieldOf(answer as Message, name)
    t.equal(statusOf(answer as Message), 101)
    t.strictSame([back('connection')?.toLowerCase(), back('upgrade'), back('sec-websocket-accept'), back('sec-websocket-protocol'), back('sec-websocket-extensions'), back('x-own'), back('set-cookie')],
      ['upgrade', 'websocket', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'b', 'permessage-deflate; client_max_window_bits=10', '1', 'a=1, b=2'])
    t.strictSame([back('content-length'), back('transfer-encoding')], [undefined, undefined], 'RFC 9110 §8.6, RFC 9112 §6.1')
    client.socket.destroy()
  })

  await t.test('frames of every kind, both ways, in whole and byte by byte', async t => {
    for (const [what, bytes] of FRAMES) {
      const { client, connection, got } = await tunnel()
      const text = bytes.toString('latin1')
      for (const pieces of bytes.length < 1000 ? [[bytes], [...bytes].map(byte => Buffer.from([byte]))] : [[bytes]]) {
        const [before, beforeBack] = [got().length, after101(client).length]
        for (const piece of pieces) {
          client.socket.write(piece)
          await new Promise(resolve => connection.socket.write(piece, resolve))
        }
        await waitFor(`${what} at both ends`, () => got().length - before >= text.length && after101(client).length - beforeBack >= text.length, { intervalMs: 2 })
        t.equal(got().slice(before) === text, true, `${what}, to the tenant`)
        t.equal(after101(client).slice(beforeBack) === text, true, `${what}, to the client`)
      }
      client.socket.destroy()
      await waitFor('the tenant to be let go', () => connection.ended)
    }
  })

  await t.test('what follows the handshake at once is not lost', async t => {
    const { client, got } = await tunnel('early')
    await waitFor('it', () => got() === 'early', { timeoutMs: 5000 })
    client.socket.destroy()
    tenant.answer = (_request, { socket }) => {
      socket.write(`${ACCEPTED}\r\nhello`)
      return undefined
    }
    const other = await wire.client()
    other.send(wire.get(HANDSHAKE))
    await waitFor('hello', () => after101(other) === 'hello', { timeoutMs: 5000 })
    other.socket.destroy()
    t.pass()
  })

  await t.test('the end of one side is the end of the other, after all it has said', async t => {
    for (const how of ['end', 'destroy'] as const) {
      const one = await tunnel()
      one.client.socket.write('x'.repeat(100_000))
      one.client.socket[how === 'destroy' ? 'destroySoon' : 'end']()
      await waitFor('the tenant to see it', () => one.connection.ended)
      t.equal(one.got().length, 100_000)
      const two = await tunnel()
      two.connection.socket.write('x'.repeat(100_000))
      two.connection.socket[how === 'destroy' ? 'destroySoon' : 'end']()
      await waitFor('the client to see it', () => two.client.ending() !== 'open')
      t.equal(after101(two.client).length, 100_000)
      two.client.socket.destroy()
    }
  })

  await t.test('a side that does not read holds the other back', async t => {
    const { client, connection } = await tunnel()
    for (const [reader, writer] of [[client.socket, connection.socket], [connection.socket, client.socket]] as const) {
      reader.pause()
      for (let i = 0; i < 64; i++) writer.write(Buffer.alloc(MiB))
      let before = -1
      await waitFor('it to stand', () => {
        const same = writer.writableLength === before
        before = writer.writableLength
        return same
      }, { intervalMs: 250 })
      t.ok(before > 16 * MiB, `${before} bytes wait`)
    }
    client.socket.destroy()
    connection.socket.destroy()
  })

  await t.test('a thousand at once', async t => {
    const tunnels: Array<Awaited<ReturnType<typeof tunnel>>> = []
    for (let i = 0; i < 1000; i++) tunnels.push(await tunnel())
    t.equal(new Set(tunnels.map(({ connection }) => connection)).size, 1000)
    t.notOk(tunnels.some(({ connection, client }) => connection.ended || client.ending() !== 'open'))
    for (const [i, { client, connection }] of tunnels.entries()) {
      client.send(`up ${i}`)
      connection.socket.write(`down ${i}`)
    }
    await waitFor('each its own', () => tunnels.every(({ client, got }, i) => got() === `up ${i}` && after101(client) === `down ${i}`))
    for (const { client } of tunnels) client.socket.destroy()
    await waitFor('all to be let go', () => tunnels.every(({ connection }) => connection.ended))
  })

  await t.test('a tenant that refuses: its answer, whole, and the connection is good for no tunnel', async t => {
    tenant.answer = () => 'HTTP/1.1 403 Not You\r\nContent-Length: 6\r\nX-Why: because\r\nSec-WebSocket-Version: 13, 8\r\n\r\nno way'
    for (const status of [403, 200]) {
      tenant.answer = () => `HTTP/1.1 ${status} Not You\r\nContent-Length: 6\r\nX-Why: because\r\nSec-WebSocket-Version: 13, 8\r\n\r\nno way`
      const client = await wire.client()
      client.send(wire.get(HANDSHAKE))
      const [answer] = await client.responses()
      t.strictSame([answer?.start, answer?.body, fieldOf(answer as Message, 'x-why'), fieldOf(answer as Message, 'sec-websocket-version')], [`HTTP/1.1 ${status} Not You`, 'no way', 'because', '13, 8'])
      client.socket.destroy()
    }
  })

  const WRONG: Array<[what: string, answer: string]> = [
    ['101 to another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'],
    ['101 without Upgrade', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n'],
    ['101 without Connection', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'],
    ['101 that is broken', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nno header\r\n\r\n']
  ]
  for (const [what, answer] of WRONG) {
    await t.test(`${what} is no tunnel`, async t => {
      tenant.answer = () => answer
      const client = await wire.client()
      client.send(wire.get(HANDSHAKE))
      const [got] = await client.responses()
      t.equal(got && statusOf(got), 502)
    })
  }

  await t.test('a handshake that is none', async t => {
    tenant.answer = () => 'HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n'
    const NONE: Array<[what: string, bytes: string, statuses: number[]]> = [
      ['POST', wire.get(HANDSHAKE, 'POST / HTTP/1.1'), [400, 426]],
      ['HTTP/1.0', wire.get(HANDSHAKE, 'GET / HTTP/1.0'), [400, 426]],
      ['Upgrade that Connection does not name', wire.get(HANDSHAKE.slice(1)), [400, 426]],
      ['with a length', `${wire.get([...HANDSHAKE, 'Content-Length: 5'])}hello`, [400]],
      ['with chunks', `${wire.get([...HANDSHAKE, 'Transfer-Encoding: chunked'])}5\r\nhello\r\n0\r\n\r\n`, [400]]
    ]
    for (const [what, bytes, statuses] of NONE) {
      tenant.forget()
      const client = await wire.client()
      client.send(bytes)
      const [answer] = await client.responses()
      t.ok(statuses.includes(statusOf(answer as Message)), `${what}: ${answer?.start}`)
      client.socket.destroy()
      for (const request of tenant.take()) t.equal(fieldOf(request, 'upgrade'), undefined, what)
    }
  })

  await t.test('a request behind a handshake that is refused never reaches the tenant as one', async t => {
    tenant.answer = () => 'HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n'
    const client = await wire.client()
    client.send(wire.get(HANDSHAKE) + wire.get([], 'GET /smuggled HTTP/1.1'))
    t.equal((await client.responses())[0]?.start, 'HTTP/1.1 403 No')
    client.socket.destroy()
    await wire.ask(wire.get([], 'GET /barrier HTTP/1.1'))
    const seen = tenant.take().map(({ start }) => start)
    t.notOk(tenant.connections.some(({ received }) => /Upgrade: websocket[^]*\r\n\r\nGET \/smuggled/i.test(received) && !/GET \/smuggled[^]*x-tenant-id/i.test(received)), 'not raw')
    t.ok(seen.includes('GET /barrier HTTP/1.1'))
  })
})
