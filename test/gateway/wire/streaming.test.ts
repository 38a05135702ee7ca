// Bodies pass as they come, in bounded memory; Expect: 100-continue.
import t from 'tap'
import { waitFor } from '../../world/wait-for.ts'
import { fieldOf, statusOf } from './message.ts'
import type { Message } from './message.ts'
import { echoTarget } from './raw-tenant.ts'
import { setWire } from './wire.ts'

const MiB = 1024 * 1024

t.test('bodies pass as they come', async t => {
  const wire = await setWire(t)
  const { tenant } = wire
  t.beforeEach(() => {
    tenant.answer = echoTarget
    tenant.forget()
  })
  const asked = async () => await waitFor('the request to begin at the tenant', () => tenant.halfway()[0], { timeoutMs: 5000, intervalMs: 2 })

  await t.test('the first event is there before the second is sent', async t => {
    for (const framing of ['Transfer-Encoding: chunked\r\n', '']) {
      let connection: { socket: { write: (bytes: string) => void, end: () => void } } | undefined
      tenant.answer = (_request, asked) => {
        connection = asked
        return `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n${framing}\r\n`
      }
      const client = await wire.client()
      client.send(wire.get())
      await waitFor('the head alone', () => client.received().includes('text/event-stream'), { intervalMs: 2 })
      for (let i = 0; i < 5; i++) {
        const event = `data: ${i}\n\n`
        connection?.socket.write(framing === '' ? event : `${event.length.toString(16)}\r\n${event}\r\n`)
        await waitFor(`event ${i}`, () => client.received().includes(event), { intervalMs: 2 })
      }
      if (framing === '') connection?.socket.end()
      else connection?.socket.write('0\r\n\r\n')
      const [answer] = await client.responses()
      t.equal(answer?.body, 'data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n')
    }
  })

  await t.test('so does what is uploaded', async t => {
    const UPLOADS: Array<[lines: string[], pieces: string[]]> = [
      [['Transfer-Encoding: chunked'], ['1\r\na\r\n', '1\r\nb\r\n', '1\r\nc\r\n', '0\r\n\r\n']],
      [['Content-Length: 3'], ['a', 'b', 'c']]
    ]
    for (const [lines, pieces] of UPLOADS) {
      tenant.forget()
      const client = await wire.client()
      client.send(wire.get(lines, 'POST /up HTTP/1.1'))
      for (const piece of pieces.slice(0, -1)) {
        client.send(piece)
        await waitFor(JSON.stringify(piece), () => tenant.halfway()[0]?.received.split('\r\n\r\n').at(-1)?.includes(piece.trim().at(-1) as string), { timeoutMs: 5000, intervalMs: 2 })
      }
      client.send(pieces.at(-1) as string)
      t.equal((await client.responses())[0]?.body, '/up')
      t.equal(tenant.take()[0]?.body, 'abc')
    }
  })

  await t.test('both at once', async t => {
    tenant.answer = () => '0\r\n\r\n'
    const client = await wire.client()
    client.send(`${wire.get(['Transfer-Encoding: chunked'], 'POST / HTTP/1.1')}4\r\nping\r\n`)
    const connection = await asked()
    connection.socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npong\r\n')
    await waitFor('the first of the answer', () => client.received().includes('pong'), { intervalMs: 2 })
    client.send('5\r\nagain\r\n')
    await waitFor('more of the request', () => connection.received.includes('again'), { intervalMs: 2 })
    client.send('0\r\n\r\n')
    t.strictSame([(await client.responses())[0]?.body, tenant.take()[0]?.body], ['pong', 'pingagain'])
  })

  await t.test('a reader that is slow holds the tenant back', async t => {
    let written = 0
    const piece = Buffer.alloc(64 * 1024)
    tenant.answer = (_request, { socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${512 * MiB}\r\n\r\n`)
      const write = () => {
        while (written < 512 * MiB) {
          written += piece.length
          if (!socket.write(piece)) return socket.once('drain', write)
        }
        return undefined
      }
      write()
      return undefined
    }
    const client = await wire.client()
    client.socket.pause()
    client.send(wire.get())
    await stands('the tenant', () => written)
    t.ok(written > 0 && written < 64 * MiB, `${written} bytes on the way`)
    client.socket.destroy()
    await waitFor('the tenant to be let go', () => tenant.connections.at(-1)?.ended)
  })

  await t.test('a tenant that is slow holds the uploader back', async t => {
    tenant.answer = () => undefined
    const client = await wire.client()
    client.send(wire.get([`Content-Length: ${512 * MiB}`], 'PUT /slow HTTP/1.1'))
    client.send('x')
    const connection = await asked()
    connection.socket.pause()
    const piece = Buffer.alloc(64 * 1024)
    let written = 0
    const write = (): void => {
      while (written < 512 * MiB) {
        written += piece.length
        if (!client.socket.write(piece)) {
          client.socket.once('drain', write)
          return
        }
      }
    }
    write()
    await stands('the uploader', () => written)
    t.ok(written < 64 * MiB, `${written} bytes on the way`)
    client.socket.destroy()
    connection.socket.resume()
    await waitFor('the tenant to see it go', () => connection.ended)
    t.strictSame(tenant.take(), [])
  })

  await t.test('Expect: 100-continue', async t => {
    const expecting = (lines: readonly string[], start = 'POST /it HTTP/1.1') => wire.get(['Expect: 100-continue', ...lines], start)

    await t.test('the client is told to go on, once, and the tenant gets the body', async t => {
      for (const [lines, body] of [[['Content-Length: 5'], 'hello'], [['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n']] as const) {
        tenant.forget()
        const client = await wire.client()
        client.send(expecting(lines))
        await waitFor('100', () => client.received() === 'HTTP/1.1 100 Continue\r\n\r\n', { intervalMs: 2 })
        client.send(body)
        const answers = await client.responses()
        t.strictSame(answers.map(statusOf), [100, 200])
        t.strictSame(tenant.take().map(request => [request.body, fieldOf(request, 'expect')]), [['hello', undefined]])
      }
    })

    await t.test('in any letters', async t => {
      const client = await wire.client()
      client.send(wire.get(['expect: 100-Continue', 'Content-Length: 5'], 'POST /it HTTP/1.1'))
      await waitFor('100', () => client.received().startsWith('HTTP/1.1 100 '), { intervalMs: 2 })
      client.send('hello')
      t.strictSame((await client.responses()).map(statusOf), [100, 200])
    })

    await t.test('a body that comes without waiting is taken', async t => {
      const client = await wire.client()
      client.send(`${expecting(['Content-Length: 5'])}hello${wire.get([], 'GET /next HTTP/1.1')}`)
      const answers = (await client.responses(2)).filter(message => statusOf(message) >= 200)
      t.strictSame(answers.map(({ body }) => body), ['/it', '/next'])
    })

    await t.test('without a body it means nothing, though the connection may end', async t => {
      const client = await wire.client()
      client.send(expecting([], 'GET /it HTTP/1.1') + wire.get([], 'GET /next HTTP/1.1'))
      const [first, second] = (await client.responses(2)).filter(message => statusOf(message) >= 200)
      t.equal(first?.body, '/it')
      t.ok(second === undefined ? client.ending() === 'end' : second.body === '/next')
    })

    await t.test('of HTTP/1.0 it is not heard (RFC 9110 §10.1.1)', async t => {
      const client = await wire.client()
      client.send(`${expecting(['Content-Length: 5'], 'POST /it HTTP/1.0')}hello`)
      t.strictSame((await client.end()).map(statusOf), [200])
    })

    await t.test('a refusal by the gateway: at once, without a 100, and the connection ends', async t => {
      const client = await wire.client()
      client.send('POST / HTTP/1.1\r\nHost:\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
      const [answer, more] = await client.end()
      t.strictSame([statusOf(answer as Message), fieldOf(answer as Message, 'connection'), more], [400, 'close', undefined])
    })

    await t.test('a tenant that answers before it has the body', async t => {
      const client = await wire.client()
      client.send(expecting(['Content-Length: 5']))
      await waitFor('100, or the head at the tenant', () => client.received() !== '' || tenant.halfway().length > 0, { intervalMs: 2 })
      const connection = await asked()
      connection.socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno')
      const answer = (await client.responses()).at(-1)
      t.strictSame([statusOf(answer as Message), answer?.body], [401, 'no'])
      client.socket.destroy()
    })

    await t.test('a tenant that says 100 itself: the client hears of it once', async t => {
      tenant.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
      const client = await wire.client()
      client.send(expecting(['Content-Length: 5']))
      const connection = await asked()
      connection.socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      await waitFor('100', () => client.received() !== '', { intervalMs: 2 })
      client.send('hello')
      t.strictSame((await client.responses()).map(statusOf), [100, 200])
    })
  })

  /** Waits until a number has stopped growing. */
  async function stands (who: string, count: () => number): Promise<void> {
    let before = -1
    await waitFor(`${who} to be held back`, () => {
      const same = count() === before
      before = count()
      return same
    }, { intervalMs: 250 })
  }
})
