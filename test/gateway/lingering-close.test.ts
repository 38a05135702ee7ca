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
import { inFlight, metricOf, openFilesOf } from './measures.ts'
import { routeTo, startOrigin } from './scene.ts'
import { statusOf } from './wire/message.ts'
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

t.test('requests that break in their body', async t => {
  const early = (path: string | undefined) => path === '/early'
  const origin = await startOrigin(t, (incoming, answer) => {
    incoming.on('error', () => {}).resume()
    if (early(incoming.url)) answer.end('early')
    else incoming.on('end', () => { answer.end('ok') })
  })
  // It never meets a Redis, so each look-up takes a moment: a request can break before its route is known.
  const { tenantId, slug, name, epoch } = routeTo(origin.port)
  const gateway = await startWithRoutes(t, { 'it.example': routeTo(origin.port), 'held.example': { tenantId, slug, name, epoch, state: 'holding' } })
  const head = (start: string) => `${start} HTTP/1.1\r\nHost: it.example\r\n${start.startsWith('POST') ? 'Transfer-Encoding: chunked\r\n' : ''}\r\n`
  const lines = (path: string) => gateway.log().filter(line => line.path === path && line.method === 'POST')
  const GOOD = '3\r\nabc\r\n'
  const BAD = 'none\r\n'

  await t.test('before the tenant is asked: it never is', async t => {
    const client = await openRawClient(t, gateway.port)
    client.send(`${head('POST /at-once')}${GOOD}${BAD}`)
    t.match((await client.end()).map(statusOf), [400])
    await waitFor('the log', () => lines('/at-once').length > 0)
    t.match(lines('/at-once'), [{ status: 400, problem: 'bad_request', host: 'it.example' }])
    t.equal(origin.requests.some(({ url }) => url === '/at-once'), false)
  })

  await t.test('before its turn to wait: it takes no place', async t => {
    const client = await openRawClient(t, gateway.port)
    client.send(`${head('POST /held').replace('it.example', 'held.example')}${GOOD}${BAD}`)
    t.match((await client.end()).map(statusOf), [400])
    await waitFor('the log', () => lines('/held').length > 0)
    t.equal(await metricOf(gateway, 'berth_gateway_requests_held'), 0)
  })

  await t.test('while the tenant waits for it: answered, and logged once', async t => {
    const client = await openRawClient(t, gateway.port)
    client.send(`${head('POST /later')}${GOOD}`)
    const reached = await waitFor('the tenant', () => origin.requests.find(({ url }) => url === '/later'))
    client.send(BAD)
    t.match((await client.end()).map(statusOf), [400])
    await waitFor('it to end at the tenant', () => reached.destroyed && !reached.complete)
    await waitFor('the log', () => lines('/later').length > 0)
    t.match(lines('/later'), [{ status: 400, problem: 'bad_request', bytesReceived: 3 }])
    t.equal(await inFlight(gateway), 0)
  })

  await t.test('behind a whole one: both are answered', async t => {
    const client = await openRawClient(t, gateway.port)
    client.send(`${head('GET /before')}${head('POST /behind')}${GOOD}${BAD}`)
    t.match((await client.end()).map(statusOf), [200, 400])
    t.equal(origin.requests.some(({ url }) => url === '/behind'), false)
  })

  await t.test('after its answer: there is no other', async t => {
    const client = await openRawClient(t, gateway.port)
    client.send(`${head('POST /early')}${GOOD}`)
    await client.responses()
    client.send(BAD)
    t.match((await client.end()).map(statusOf), [200])
  })

  await t.test('by a client that closes its side: it is gone', async t => {
    const client = await openRawClient(t, gateway.port)
    client.send(`${head('POST /gone')}${GOOD}`)
    await waitFor('the tenant', () => origin.requests.find(({ url }) => url === '/gone'))
    client.socket.end()
    t.match(await client.end(), [])
    await waitFor('the log', () => lines('/gone').length > 0)
    t.match(lines('/gone'), [{ status: 499, cutBy: 'client' }])
  })
})

t.test('those who stay after a refusal: so many at most, and not for long', async t => {
  const gateway = await startWithRoutes(t, { 'it.example': routeTo(1) })
  const files = await openFilesOf(gateway)
  const clients = await Promise.all(Array.from({ length: 4 * MAX_LINGERING }, () => openRawClient(t, gateway.port)))
  await waitFor('all to be there', async () => await openFilesOf(gateway) >= files + 4 * MAX_LINGERING - OWN)
  for (const client of clients) client.send('NONSENSE\r\n\r\n')
  await waitFor('all to be refused', () => clients.every(({ ending }) => ending() !== 'open'))
  t.ok(clients.every(({ received }) => received().startsWith('HTTP/1.1 400 ')))
  // As long as they send, only their number ends them.
  const dripping = setInterval(() => { for (const client of clients) if (client.socket.writable) client.send('x') }, 300)
  t.teardown(() => { clearInterval(dripping) })
  await waitFor('most to be closed', async () => await openFilesOf(gateway) <= files + MAX_LINGERING + OWN)
  clearInterval(dripping)
  await waitFor('all to be closed', async () => await openFilesOf(gateway) <= files + OWN)

  const quick = await Promise.all(Array.from({ length: MAX_LINGERING / 2 }, () => openRawClient(t, gateway.port)))
  for (const client of quick) client.send('NONSENSE\r\n\r\n')
  await Promise.all(quick.map(client => client.end()))
  for (const { socket } of quick) socket.destroy()
  await waitFor('those that have gone to be closed', async () => await openFilesOf(gateway) <= files + OWN)
})

t.test('a gateway that stops waits for nobody who was refused', async t => {
  const gateway = await startWithRoutes(t, { 'it.example': routeTo(1) }, { BERTH_GATEWAY_DRAIN_TIMEOUT_MS: '20000' })
  for (const bytes of ['NONSENSE\r\n\r\n', 'CONNECT it.example:80 HTTP/1.1\r\nHost: it.example\r\n\r\n', 'GET / HTTP/1.1\r\nHost: it.example\r\nX: ']) {
    const client = await openRawClient(t, gateway.port)
    client.send(bytes)
    if (bytes.startsWith('GET')) client.send('x'.repeat(MiB / 2))
    await client.end()
    const dripping = setInterval(() => { client.send('x') }, 200)
    t.teardown(() => { clearInterval(dripping) })
  }
  t.equal(await gateway.stop(), 0)
  t.ok(gateway.log().some(({ msg, clean }) => msg === 'Gateway stopped' && clean === true))
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
