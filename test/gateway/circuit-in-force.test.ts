// A dead instance is left alone, and found again when it lives: what a client and the tenant see of the circuit.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { freePort } from '../world/ports.ts'
import { request } from '../world/http.ts'
import type { Response } from '../world/http.ts'
import { waitFor } from '../world/wait-for.ts'
import { startWithRoutes } from './known-hosts.ts'
import { routeTo, startOrigin } from './scene.ts'

// Each has a gateway of its own, and mostly waits.
t.jobs = 4

const POLL = { intervalMs: 100 }

async function scene (t: Test, port: number) {
  const neighbour = await startOrigin(t, (_incoming, answer) => { answer.end('neighbour') })
  const gateway = await startWithRoutes(t, { 'it.example': routeTo(port), 'neighbour.example': routeTo(neighbour.port) })
  const ask = (host = 'it.example', headers = {}): Promise<Response> => request({ port: gateway.port, host, headers })
  return { gateway, ask, untilOpen: () => waitFor('the circuit to open', async () => { const answer = await ask(); return answer.status === 503 && answer }, POLL) }
}

async function listen (t: Test, server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
}

t.test('an instance that refuses: 502 at first, then 503 at once, until it lives again', async t => {
  const port = await freePort()
  const { gateway, ask, untilOpen } = await scene(t, port)
  t.equal((await ask()).status, 502)
  const refused = await untilOpen()
  t.match(refused.json(), { status: 503, code: 'tenant_unavailable' })
  t.match(refused.headers['retry-after'], /^[1-9]\d*$/)
  const page = await waitFor('a page', async () => { const answer = await ask('it.example', { accept: 'text/html' }); return answer.status === 503 && answer }, POLL)
  t.match(page.headers, { 'content-type': /^text\/html/, 'retry-after': /^[1-9]\d*$/ })
  t.equal((await ask('neighbour.example')).text, 'neighbour')
  const server = createServer((_incoming, answer) => { answer.end('back') })
  t.teardown(() => { server.closeAllConnections() })
  await listen(t, server, port)
  await waitFor('it to be found again', async () => (await ask()).text === 'back', POLL)
  t.strictSame((await Promise.all(Array.from({ length: 20 }, () => ask()))).map(({ text }) => text), Array.from({ length: 20 }, () => 'back'))
  t.notMatch(gateway.output(), /"level":[56]0/)
})

t.test('an instance that takes connections and closes them: no connection is tried while it is left alone, then one', async t => {
  let connections = 0
  let does: 'close' | 'hold' | 'answer' = 'close'
  const sockets: Socket[] = []
  const server = createTcpServer(socket => {
    connections++
    sockets.push(socket.on('error', () => {}))
    socket.on('data', () => {
      if (does === 'close') socket.destroy()
      if (does === 'answer') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nback')
    })
  })
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  await listen(t, server, await freePort())
  const { ask, untilOpen } = await scene(t, (server.address() as { port: number }).port)
  await untilOpen()
  let tried = connections
  let refused = 0
  const answersOf = async () => await Promise.all(Array.from({ length: 50 }, () => ask()))
  // Whatever of them falls into the end of a pause is the one probe.
  for (const { status } of await answersOf()) if (status === 503) refused++
  t.ok(refused >= 49, `${refused} of 50 refused`)
  t.ok(connections - tried <= 1, `${connections - tried} connections`)
  t.equal(connections - tried, 50 - refused)

  does = 'hold'
  tried = connections
  const asked: Array<Promise<Response>> = []
  await waitFor('a probe', () => {
    asked.push(ask())
    return connections > tried
  }, POLL)
  const meanwhile = await answersOf()
  t.ok(meanwhile.every(({ status }) => status === 503), 'the others do not wait for what becomes of the probe')
  t.equal(connections, tried + 1, 'one goes')
  does = 'answer'
  sockets.at(-1)?.write('HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\n500')
  t.strictSame((await Promise.all(asked)).filter(({ status }) => status !== 503).map(({ text }) => text), ['500'], 'an instance that answers 500 answers')
  t.strictSame((await answersOf()).map(({ text }) => text), Array.from({ length: 50 }, () => 'back'))
})

t.test('one crash with many requests under way does not open it', async t => {
  let alive = false
  const sockets: Socket[] = []
  const server = createTcpServer(socket => {
    sockets.push(socket.on('error', () => {}))
    socket.on('data', () => { if (alive) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nalive') })
  })
  await listen(t, server, await freePort())
  const { ask } = await scene(t, (server.address() as { port: number }).port)
  const asked = Array.from({ length: 100 }, () => ask())
  await waitFor('all of them at the instance', () => sockets.filter(({ bytesRead }) => bytesRead > 0).length === 100)
  for (const socket of sockets) socket.resetAndDestroy()
  t.strictSame((await Promise.all(asked)).map(({ status }) => status), Array.from({ length: 100 }, () => 502))
  alive = true
  const after = await Promise.all(Array.from({ length: 20 }, () => ask()))
  t.strictSame(after.map(({ text }) => text), Array.from({ length: 20 }, () => 'alive'))
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
})

t.test('clients that leave, and tenants that are slow, open nothing', async t => {
  const origin = await startOrigin(t, (incoming, answer) => { if (incoming.url === '/ok') answer.end('ok') })
  const gateway = await startWithRoutes(t, { 'it.example': routeTo(origin.port, { limits: { responseTimeoutMs: 50 } }) })
  const ask = (path: string, timeoutMs = 30_000) => request({ port: gateway.port, host: 'it.example', path, timeoutMs })
  const statuses = new Set<number>()
  const began = performance.now()
  await waitFor('both for longer than it takes to open', async () => {
    const [slow] = await Promise.all([ask('/slow'), ...Array.from({ length: 5 }, () => ask('/left', 20).catch(() => {}))])
    statuses.add(slow.status)
    return performance.now() - began > 2500
  })
  t.strictSame([...statuses], [504])
  t.equal((await ask('/ok')).text, 'ok')
})
