// A refusal has to arrive: the connection that carries it is not closed under the hands of a client that is still sending.
import { createServer } from 'node:http'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { withoutPackets } from '../../gateway/parser-errors.ts'
import { waitFor } from '../world/wait-for.ts'
import { startWithRoutes } from './known-hosts.ts'
import { openFilesOf } from './measures.ts'
import { routeTo, startOrigin } from './scene.ts'
import { openRawClient } from './wire/raw-client.ts'

const MiB = 1024 * 1024
const MAX_LINGERING = 32
const PIECE = 32 * 1024
/** Files that a gateway may open for itself meanwhile. */
const OWN = 8

t.test('refusals arrive', async t => {
  const origin = await startOrigin(t, (incoming, answer) => { incoming.on('error', () => {}).resume().on('end', () => { answer.end('ok') }) })
  const gateway = await startWithRoutes(t, { 'it.example': routeTo(origin.port) })
  const HOST = 'Host: it.example\r\n'

  const refused: Array<[what: string, bytes: string, status: number, code: string]> = [
    ['a head that goes on', `GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(MiB / 2)}`, 431, 'headers_too_large'],
    ['a body in a coding that nobody takes off', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n${`10000\r\n${'x'.repeat(0x10000)}\r\n`.repeat(8)}0\r\n\r\n`, 501, 'not_implemented'],
    ['a chunked body in HTTP/1.0', `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${`10000\r\n${'x'.repeat(0x10000)}\r\n`.repeat(8)}0\r\n\r\n`, 400, 'bad_request'],
    ['a length that is none', `POST / HTTP/1.1\r\n${HOST}Content-Length: 1234567890123456\r\n\r\n${'x'.repeat(MiB / 2)}`, 400, 'bad_request'],
    ['chunks that are none', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nnone\r\n${'x'.repeat(MiB / 2)}`, 400, 'bad_request']
  ]
  for (const [what, bytes, status, code] of refused) {
    await t.test(what, async t => {
      const client = await openRawClient(t, gateway.port)
      // As simple clients do: everything is written before anything is read, and a write that fails is the end.
      client.socket.pause()
      for (let at = 0; at < bytes.length; at += PIECE) {
        client.send(bytes.slice(at, at + PIECE))
        await delay(5)
      }
      client.socket.resume()
      await waitFor('the end', () => client.ending() !== 'open')
      t.equal(client.ending(), 'end', 'not reset')
      t.match(client.received(), new RegExp(`^HTTP/1\\.1 ${status} [^]*connection: close[^]*"code":"${code}"`, 'i'))
      const id = /^x-request-id: (\S+)\r$/im.exec(client.received())?.[1]
      t.ok(id)
      await waitFor('its line in the access log', () => gateway.log().some(line => line.requestId === id && line.status === status && line.problem === code && line.peer === '127.0.0.1'))
      client.socket.destroy()
    })
  }
  t.equal(origin.requests.filter(({ method }) => method !== 'POST').length, 0)
})

t.test('those who stay after a refusal: so many at most, and not for long', async t => {
  const gateway = await startWithRoutes(t, { 'it.example': routeTo(1) })
  const files = await openFilesOf(gateway)
  const clients = await Promise.all(Array.from({ length: 4 * MAX_LINGERING }, () => openRawClient(t, gateway.port)))
  await waitFor('all to be there', async () => await openFilesOf(gateway) >= files + 4 * MAX_LINGERING - OWN)
  for (const client of clients) client.send('NONSENSE\r\n\r\n')
  await waitFor('all to be refused', () => clients.every(({ ending }) => ending() !== 'open'))
  t.ok(clients.every(({ received }) => received().startsWith('HTTP/1.1 400 ')))
  await waitFor('most to be closed', async () => await openFilesOf(gateway) <= files + MAX_LINGERING + OWN, { timeoutMs: 1500 })
  await waitFor('all to be closed', async () => await openFilesOf(gateway) <= files + OWN)
})

t.test('errors of the parser carry no copy of what was read', async t => {
  const packets: unknown[] = []
  const server = createServer().on('clientError', (err: Error & { rawPacket?: Buffer }, socket) => {
    packets.push(err.rawPacket?.length)
    socket.destroy()
  })
  t.teardown(() => { server.close() })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const ask = async (): Promise<void> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
    socket.resume().write('NONSENSE\r\n\r\n')
    await once(socket, 'close')
  }
  await ask()
  server.on('connection', withoutPackets)
  await ask()
  t.strictSame(packets, ['NONSENSE\r\n\r\n'.length, 0])
})
