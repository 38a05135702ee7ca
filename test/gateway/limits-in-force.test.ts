// What one tenant may take: each limit as the settings have it and as a route has it, and that all of it comes back.
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { WebSocketServer } from 'ws'
import type { LimitOverrides } from '../../gateway/limits.ts'
import type { GatewayProcess } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import type { Response } from '../world/http.ts'
import { waitFor } from '../world/wait-for.ts'
import { startWithRoutes } from './known-hosts.ts'
import { inFlight } from './measures.ts'
import { routeTo, startOrigin } from './scene.ts'
import type { Origin } from './scene.ts'
import { openRawClient } from './wire/raw-client.ts'
import { startRawTenant } from './wire/raw-tenant.ts'

/** By the settings for one tenant, by its route for the other: the settings would let that one have much more, or less. */
const WAYS: Array<[how: string, env: Record<string, string>, limits: LimitOverrides | undefined]> = [
  ['settings', {
    BERTH_GATEWAY_TENANT_CONNECTIONS: '2',
    BERTH_GATEWAY_TENANT_QUEUE: '1',
    BERTH_GATEWAY_TENANT_QUEUE_TIMEOUT_MS: '1500',
    BERTH_GATEWAY_MAX_BODY_BYTES: '1000',
    BERTH_GATEWAY_TENANT_WEBSOCKETS: '2'
  }, undefined],
  ['route', {
    BERTH_GATEWAY_TENANT_CONNECTIONS: '1',
    BERTH_GATEWAY_TENANT_QUEUE: '500',
    BERTH_GATEWAY_MAX_BODY_BYTES: '10',
    BERTH_GATEWAY_TENANT_WEBSOCKETS: '1'
  }, { connections: 2, queue: 1, queueTimeoutMs: 1500, bodyBytes: 1000, websockets: 2 }]
]

// Each has a gateway of its own, and mostly waits.
t.jobs = 4

for (const [how, env, limits] of WAYS) {
  t.test(`limits of the ${how}`, async t => {
    const held: Array<() => void> = []
    const slow = await startOrigin(t, (_incoming, answer) => { held.push(() => { answer.end('done') }) })
    const raw = await startRawTenant(t)
    const parts = limits === undefined ? {} : { limits }
    const gateway = await startWithRoutes(t, { 'slow.example': routeTo(slow.port, parts), 'raw.example': routeTo(raw.port, parts), 'socket.example': routeTo(await startWebSockets(t), parts) }, env)
    const ask = (host: string, options = {}) => request({ port: gateway.port, host, ...options })

    /** Fills both connections and the queue, sees that no more goes, and serves all that was taken. */
    const fillAndServe = async (t: Test, refuse: (ask: () => Promise<Response>) => Promise<void>) => {
      const served = [ask('slow.example'), ask('slow.example')]
      await waitFor('both connections to be taken', () => held.length === 2)
      const waiting = ask('slow.example')
      await waitFor('it to arrive', async () => await inFlight(gateway) === 3)
      await refuse(() => ask('slow.example'))
      for (const release of held.splice(0)) release()
      await waitFor('the one that waited', () => held.length === 1)
      for (const release of held.splice(0)) release()
      t.strictSame((await Promise.all([...served, waiting])).map(({ text }) => text), ['done', 'done', 'done'])
    }

    await t.test('connections and queue: 503 beyond them', async t => {
      for (let round = 0; round < 2; round++) {
        await fillAndServe(t, async ask => {
          isProblem(t, await ask(), 503, 'tenant_busy')
          isPage(t, await request({ port: gateway.port, host: 'slow.example', headers: { accept: 'text/html' } }), 503)
        })
      }
      t.equal(await sockets(slow), 2)
    })

    await t.test('a place in the queue is given back by who leaves it', async t => {
      const served = [ask('slow.example'), ask('slow.example')]
      await waitFor('both connections to be taken', () => held.length === 2)
      for (let i = 0; i < 5; i++) {
        const client = await openRawClient(t, gateway.port)
        client.send('GET / HTTP/1.1\r\nHost: slow.example\r\n\r\n')
        await waitFor('it to arrive', async () => await inFlight(gateway) === 3)
        client.socket.resetAndDestroy()
        await waitFor('it to leave', async () => await inFlight(gateway) === 2)
      }
      for (const release of held.splice(0)) release()
      await Promise.all(served)
      await fillAndServe(t, async () => {})
    })

    await t.test('the wait in the queue: 503, and it was not passed on', async t => {
      const asked = slow.requests.length
      const served = [ask('slow.example'), ask('slow.example')]
      await waitFor('both connections to be taken', () => held.length === 2)
      if (limits === undefined) isProblem(t, await ask('slow.example'), 503, 'tenant_queue_timeout')
      else isPage(t, await ask('slow.example', { headers: { accept: 'text/html' } }), 503)
      t.equal(slow.requests.length, asked + 2)
      for (const release of held.splice(0)) release()
      await Promise.all(served)
      await fillAndServe(t, async () => {})
    })

    await t.test('a body of exactly so many bytes', async t => {
      t.equal((await ask('raw.example', { method: 'POST', body: 'x'.repeat(1000) })).status, 200)
      t.equal((await ask('raw.example', { method: 'POST', body: 'x'.repeat(1000), headers: { 'transfer-encoding': 'chunked', 'content-length': [] } })).status, 200)
      t.strictSame(raw.take().map(({ body }) => body.length), [1000, 1000])
    })

    await t.test('one byte more, by Content-Length: 413, and the tenant never hears of it', async t => {
      const before = raw.connections.reduce((sum, { received }) => sum + received.length, 0)
      isProblem(t, await ask('raw.example', { method: 'POST', body: 'x'.repeat(1001) }), 413, 'body_too_large')
      isPage(t, await ask('raw.example', { method: 'POST', body: 'x'.repeat(1001), headers: { accept: 'text/html' } }), 413)
      const waits = await openRawClient(t, gateway.port)
      waits.send('POST / HTTP/1.1\r\nHost: raw.example\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n')
      await waits.end()
      t.match(waits.received(), /^HTTP\/1\.1 413 /, 'without being told to go on')
      t.equal(raw.connections.reduce((sum, { received }) => sum + received.length, 0), before)
    })

    await t.test('one byte more, in chunks: 413, and what the tenant has of it never looks whole', async t => {
      for (const pieces of [[1001], [600, 400, 1], [1000, 1], Array.from({ length: 1001 }, () => 1)]) {
        const client = await openRawClient(t, gateway.port)
        client.send('POST / HTTP/1.1\r\nHost: raw.example\r\nTransfer-Encoding: chunked\r\n\r\n')
        for (const size of pieces) client.send(`${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`)
        client.send('0\r\n\r\n')
        await client.responses()
        t.match(client.received(), /^HTTP\/1\.1 413 [^]*"body_too_large"/, pieces.slice(0, 3).join(' '))
        await waitFor('the tenant to be rid of it', () => raw.halfway().length === 0)
        client.send('GET /next HTTP/1.1\r\nHost: raw.example\r\n\r\n')
        await waitFor('the next on that connection', () => client.received().endsWith('/next'))
        client.socket.destroy()
      }
      t.strictSame(raw.take().map(({ start }) => start), Array.from({ length: 4 }, () => 'GET /next HTTP/1.1'))
    })

    await t.test('WebSockets: 503 beyond them, and one that ends makes room', async t => {
      const open = [await openWebSocket(gateway), await openWebSocket(gateway)]
      t.strictSame(open.map(({ status }) => status), [101, 101])
      const refused = await openWebSocket(gateway)
      t.equal(refused.status, 503)
      t.match(refused.text(), /"tenant_busy"/)
      t.equal((await ask('socket.example')).status, 426, 'requests are not concerned')
      open[0]?.socket.destroy()
      const again = await waitFor('room', async () => {
        const next = await openWebSocket(gateway)
        return next.status === 101 && next
      })
      for (const { socket } of [...open, again]) socket.destroy()
    })

    t.notMatch(gateway.output(), /"level":[56]0/, 'none of this is an error of the gateway')
  })
}

t.test('requests a second: 429, with when to come again', async t => {
  const origin = await startOrigin(t, (_incoming, answer) => { answer.end('ok') })
  const gateway = await startWithRoutes(t, {
    'settings.example': routeTo(origin.port),
    'route.example': routeTo(origin.port, { limits: { requestsPerSecond: 0.05, burst: 5 } }),
    'own-burst.example': routeTo(origin.port, { limits: { requestsPerSecond: 0.05 } })
  }, { BERTH_GATEWAY_TENANT_REQUESTS_PER_SECOND: '0.01', BERTH_GATEWAY_TENANT_BURST: '3' })
  for (const [host, burst, seconds] of [['settings.example', 3, 100], ['route.example', 5, 20], ['own-burst.example', 1, 20]] as const) {
    const before = origin.requests.length
    const answers = await Promise.all(Array.from({ length: burst + 4 }, () => request({ port: gateway.port, host })))
    t.equal(answers.filter(({ status }) => status === 200).length, burst, host)
    t.equal(origin.requests.length, before + burst, 'what is refused does not reach the tenant')
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      isProblem(t, answer, 429, 'rate_limited')
      const after = Number(answer.headers['retry-after'])
      t.ok(Number.isInteger(after) && after > seconds * 0.5 && after <= seconds, `Retry-After: ${after} of ${seconds}`)
    }
    isPage(t, await request({ port: gateway.port, host, headers: { accept: 'text/html' } }), 429)
  }
})

function isProblem (t: Test, answer: Response, status: number, code: string): void {
  t.match(answer, { status, headers: { 'content-type': 'application/problem+json', 'x-request-id': /^[\w-]+$/ } })
  t.match(answer.json(), { status, code, requestId: answer.headers['x-request-id'] })
  if (status === 503 || status === 429) t.match(answer.headers['retry-after'], /^[1-9]\d*$/)
}

function isPage (t: Test, answer: Response, status: number): void {
  t.match(answer, { status, headers: { 'content-type': 'text/html; charset=utf-8' } })
  t.match(answer.text, answer.headers['x-request-id'] as string)
}

async function sockets ({ server }: Origin): Promise<number> {
  return await new Promise((resolve, reject) => { server.getConnections((err, count) => { if (err === null) resolve(count); else reject(err) }) })
}

async function startWebSockets (t: Test): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  t.teardown(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  return (server.address() as { port: number }).port
}

async function openWebSocket ({ port }: GatewayProcess) {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.on('error', () => {}).on('data', chunk => { received += String(chunk) })
  socket.write('GET / HTTP/1.1\r\nHost: socket.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n')
  await waitFor('the answer', () => received.includes('\r\n\r\n') && (received.startsWith('HTTP/1.1 101') || received.endsWith('}')))
  return { socket, status: Number(received.split(' ')[1]), text: () => received }
}
