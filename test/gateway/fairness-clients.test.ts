// What clients that misbehave can take of a gateway: nothing that does not come back, and nothing of the others.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import t from 'tap'
import { request } from '../world/http.ts'
import { waitFor } from '../world/wait-for.ts'
import { startWithRoutes } from './known-hosts.ts'
import { inFlight, memoryOf, openFilesOf } from './measures.ts'
import { routeTo, startOrigin } from './scene.ts'
import { openRawClient } from './wire/raw-client.ts'

const MiB = 1024 * 1024
/** As many as the limits of most machines allow; a gateway that cannot have them all has what it can. */
const IDLE = 10_000
const AT_ONCE = 250
/** What an idle connection may cost the gateway. */
const IDLE_BYTES = 16 * 1024
const LARGE = 50 * MiB
/** What a client that does not read may cost: not what it asked for. */
const GROWTH = 32 * MiB

t.test('clients that misbehave', async t => {
  const origin = await startOrigin(t, (incoming, answer) => {
    incoming.on('error', () => {})
    if (incoming.url === '/large') answer.end(Buffer.alloc(LARGE, 'x'))
    else if (incoming.url === '/half') answer.write('half')
    else if (incoming.url !== '/never') incoming.resume().on('end', () => { answer.end('ok') })
  })
  const gateway = await startWithRoutes(t, { 'it.example': routeTo(origin.port, { limits: { connections: 8, queue: 8 } }) }, {
    BERTH_GATEWAY_HEADERS_TIMEOUT_MS: '3000',
    BERTH_GATEWAY_CLIENT_TIMEOUT_MS: '1000',
    BERTH_GATEWAY_ACCESS_LOG: 'off'
  })
  const ask = (path = '/') => request({ port: gateway.port, host: 'it.example', path })
  await Promise.all(Array.from({ length: 8 }, () => ask()))

  await t.test('heads that do not end: 408, and the connection is closed', async t => {
    const clients = await Promise.all(['', 'G', 'GET / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nHost: it.example\r\nX: '].map(async bytes => {
      const client = await openRawClient(t, gateway.port)
      client.send(bytes)
      return client
    }))
    // One that sends a byte now and then gains nothing by it.
    const dripping = setInterval(() => { clients.at(-1)?.send('x') }, 100)
    t.teardown(() => { clearInterval(dripping) })
    await waitFor('all to be closed', () => clients.every(({ ending }) => ending() !== 'open'))
    clearInterval(dripping)
    for (const client of clients.slice(0, 3)) {
      t.match(client.received(), /^HTTP\/1\.1 408 [^]*connection: close[^]*"request_timeout"/)
    }
    t.equal((await ask()).status, 200)
  })

  await t.test('floods of headers: 431, however they are made up', async t => {
    const { now: before } = await memoryOf(gateway)
    const floods = ['X: ' + 'a'.repeat(MiB), 'X: 1\r\n'.repeat(100_000), 'a:\r\n'.repeat(8000), `X${'x'.repeat(MiB)}: 1`, Array.from({ length: 4000 }, (_, i) => `X${i}: 1`).join('\r\n')]
    for (const flood of floods) {
      const clients = await Promise.all(Array.from({ length: 10 }, () => openRawClient(t, gateway.port)))
      for (const client of clients) client.send(`GET / HTTP/1.1\r\nHost: it.example\r\n${flood}`)
      await waitFor('all to be refused', () => clients.every(({ ending }) => ending() !== 'open'))
      for (const client of clients) t.match(client.received(), /^HTTP\/1\.1 431 [^]*"headers_too_large"/, flood.slice(0, 10))
    }
    const { now: after } = await memoryOf(gateway)
    t.comment(`memory ${Math.round(before / MiB)} → ${Math.round(after / MiB)} MiB`)
    t.ok(after - before < GROWTH)
  })

  await t.test('clients that read at a trickle: cut off, at a bounded cost', async t => {
    const { now: before } = await memoryOf(gateway)
    const sockets = await Promise.all(Array.from({ length: 4 }, async () => {
      const { socket } = await openRawClient(t, gateway.port)
      socket.removeAllListeners('data').pause()
      socket.write('GET /large HTTP/1.1\r\nHost: it.example\r\n\r\n')
      return socket
    }))
    const trickling = setInterval(() => { for (const socket of sockets) socket.read(100) }, 50)
    t.teardown(() => { clearInterval(trickling) })
    await waitFor('the tenant to be asked', () => origin.requests.filter(({ url }) => url === '/large').length === 4)
    let after = 0
    await waitFor('the tenant to be rid of them', async () => {
      after = Math.max(after, (await memoryOf(gateway)).now)
      return origin.requests.filter(({ url }) => url === '/large').every(({ socket }) => socket.destroyed)
    })
    await waitFor('their end', async () => await inFlight(gateway) === 0)
    t.comment(`memory ${Math.round(before / MiB)} → ${Math.round(after / MiB)} MiB with 4 × ${LARGE / MiB} MiB under way`)
    t.ok(after - before < GROWTH)
    t.equal((await Promise.all(Array.from({ length: 8 }, () => ask()))).filter(({ status }) => status === 200).length, 8)
  })

  await t.test('clients that reset in every phase: connections and files come back', async t => {
    const head = (start: string, ...lines: string[]) => `${[start, 'Host: it.example', ...lines].join('\r\n')}\r\n\r\n`
    const PHASES = [
      '',
      'GET / HT',
      head('POST / HTTP/1.1', 'Content-Length: 10'),
      `${head('POST / HTTP/1.1', 'Content-Length: 10')}half`,
      `${head('POST / HTTP/1.1', 'Transfer-Encoding: chunked')}4\r\nhalf\r\n`,
      head('GET /never HTTP/1.1'),
      head('GET /half HTTP/1.1'),
      head('GET /large HTTP/1.1'),
      head('GET / HTTP/1.1'),
      `${head('GET /never HTTP/1.1')}${head('GET / HTTP/1.1')}`,
      head('GET / HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')
    ]
    const phase = async (bytes: string, times: number) => {
      for (let i = 0; i < times; i++) {
        const { socket } = await openRawClient(t, gateway.port)
        if (bytes !== '') await new Promise(resolve => socket.write(bytes, resolve))
        // Half of them when the gateway has had the time to pass it on.
        if (i % 2 === 1 && bytes.includes('\r\n\r\n')) await Promise.race([once(socket, 'data'), waitFor('it to be under way', async () => await inFlight(gateway) > 0, { timeoutMs: 300, intervalMs: 5 }).catch(() => {})])
        socket.resetAndDestroy()
      }
      await waitFor(`their end: ${bytes.slice(0, 30)}`, async () => await inFlight(gateway) === 0)
    }
    for (const bytes of PHASES) await phase(bytes, 2)
    const files = await openFilesOf(gateway)
    for (const bytes of PHASES) await phase(bytes, 20)
    await waitFor('the files to be closed', async () => await openFilesOf(gateway) <= files + 8)
    t.equal((await Promise.all(Array.from({ length: 16 }, () => ask()))).filter(({ status }) => status === 200).length, 16)
  })

  t.notMatch(gateway.output(), /"level":[56]0|Warning/)
})

t.test(`${IDLE} connections that do nothing`, async t => {
  const origin = await startOrigin(t, (_incoming, answer) => { answer.end('ok') })
  // Longer than it takes to open them all.
  const gateway = await startWithRoutes(t, { 'it.example': routeTo(origin.port) }, { BERTH_GATEWAY_HEADERS_TIMEOUT_MS: '300000' })
  const ask = () => request({ port: gateway.port, host: 'it.example' })
  await ask()
  const files = await openFilesOf(gateway)
  const { now: before } = await memoryOf(gateway)
  const sockets: Socket[] = []
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  let refused = 0
  while (sockets.length < IDLE && refused === 0) {
    const some = Array.from({ length: AT_ONCE }, () => connect(gateway.port, '127.0.0.1').on('error', () => {}))
    const results = await Promise.allSettled(some.map(socket => once(socket, 'connect')))
    for (const [i, { status }] of results.entries()) {
      if (status === 'fulfilled') sockets.push(some[i] as Socket)
      else refused++
    }
  }
  t.equal((await ask()).status, 200)
  const open = await openFilesOf(gateway) - files
  const { now: after } = await memoryOf(gateway)
  t.comment(`${open} idle connections, ${Math.round((after - before) / open)} bytes each; memory ${Math.round(before / MiB)} → ${Math.round(after / MiB)} MiB`)
  t.ok(open > 500, `${open} of ${sockets.length} open`)
  t.ok((after - before) / open < IDLE_BYTES)
  for (const socket of sockets) socket.destroy()
  await waitFor('them to be closed', async () => await openFilesOf(gateway) <= files + 8)
})
