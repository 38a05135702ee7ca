// What a tenant that misbehaves costs its neighbours: nothing fails for them, and the gateway's memory is bounded. How long
// they wait, before and meanwhile, stands in the output; no test asserts a time.
import { once } from 'node:events'
import { Agent, request as send } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { Test } from 'tap'
import type { GatewayProcess } from '../world/gateway.ts'
import { freePort } from '../world/ports.ts'
import { waitFor } from '../world/wait-for.ts'
import { startWithRoutes } from './known-hosts.ts'
import { memoryOf, percentile } from './measures.ts'
import { routeTo, startOrigin, startRawOrigin } from './scene.ts'
import { startStoppedListener } from './stopped-listener.ts'
import { openRawClient } from './wire/raw-client.ts'

const MiB = 1024 * 1024
/** What floods of one tenant may add to the memory of a gateway that has been warmed up. */
const GROWTH = 96 * MiB
const FLOOD = 150
const WORKERS = 4
const REQUESTS = 200
const PIECE = `4000\r\n${'x'.repeat(0x4000)}\r\n`

const TENANTS: Array<[what: string, start: (t: Test) => Promise<number>]> = [
  ['never answers', async t => (await startRawOrigin(t, () => {})).port],
  ['answers forever', async t => (await startRawOrigin(t, socket => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      const writing = setInterval(() => { if (!socket.writableNeedDrain) socket.write(PIECE) }, 10)
      socket.on('close', () => { clearInterval(writing) })
    })
  })).port],
  ['resets', async t => (await startRawOrigin(t, socket => { socket.once('data', () => { socket.resetAndDestroy() }) })).port],
  ['takes connections and closes them', async t => (await startRawOrigin(t, socket => { socket.destroy() })).port],
  ['drops SYNs', startStoppedListener],
  ['refuses', async () => await freePort()]
]

t.test('a tenant and its neighbour', async t => {
  const neighbour = await startOrigin(t, (_incoming, answer) => { answer.end('neighbour') })
  const ports = await Promise.all(TENANTS.map(([, start]) => start(t)))
  const gateway = await startWithRoutes(t, {
    'neighbour.example': routeTo(neighbour.port),
    ...Object.fromEntries(ports.map((port, i) => [`bad-${i}.example`, routeTo(port, { limits: { connections: 32, queue: 64 } })]))
  }, { BERTH_GATEWAY_ACCESS_LOG: 'off' })
  await neighbourly(gateway)
  for (const [i, [what]] of TENANTS.entries()) {
    await t.test(`one that ${what}`, async t => {
      const before = await neighbourly(gateway)
      const { now: memory } = await memoryOf(gateway)
      const flood = await startFlood(t, gateway, `bad-${i}.example`)
      const meanwhile = await neighbourly(gateway)
      const peak = (await memoryOf(gateway)).now
      await flood.stop()
      t.comment(`${what}: p99 of the neighbour ${before.p99} ms before, ${meanwhile.p99} ms meanwhile; memory ${Math.round(memory / MiB)} → ${Math.round(peak / MiB)} MiB; the flood: ${flood.answers()}`)
      t.strictSame(meanwhile.failed, [])
      t.ok(peak - memory < GROWTH, `${peak - memory} bytes more`)
    })
  }
  t.notMatch(gateway.output(), /"level":[56]0/)
})

/** Asks the neighbour on connections that are kept: what failed, and how long 99 of 100 took at most. */
async function neighbourly ({ port }: GatewayProcess): Promise<{ p99: number, failed: unknown[] }> {
  const agent = new Agent({ keepAlive: true, maxSockets: WORKERS })
  const took: number[] = []
  const failed: unknown[] = []
  await Promise.all(Array.from({ length: WORKERS }, async () => {
    for (let i = 0; i < REQUESTS / WORKERS; i++) {
      const began = performance.now()
      try {
        const [answer] = await once(send({ port, host: '127.0.0.1', agent, headers: { host: 'neighbour.example' } }).end(), 'response') as [IncomingMessage]
        const body = await text(answer)
        if (answer.statusCode !== 200 || body !== 'neighbour') failed.push([answer.statusCode, body])
      } catch (error) {
        failed.push(error)
      }
      took.push(performance.now() - began)
    }
  }))
  agent.destroy()
  return { p99: Math.round(percentile(took, 99) * 10) / 10, failed }
}

/** So many clients that ask for one host again and again; they read nothing but what becomes of their request. */
async function startFlood (t: Test, { port }: GatewayProcess, host: string): Promise<{ answers: () => string, stop: () => Promise<void> }> {
  const statuses = new Map<string, number>()
  const count = (what: string) => { statuses.set(what, (statuses.get(what) ?? 0) + 1) }
  let stopped = false
  const clients = await Promise.all(Array.from({ length: FLOOD }, () => openRawClient(t, port)))
  for (const { socket, send } of clients) {
    socket.removeAllListeners('data')
    const ask = () => { if (!stopped && socket.writable) send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`) }
    socket.on('data', (data: Buffer) => {
      const status = /^HTTP\/1\.1 (\d+)/.exec(data.toString('latin1', 0, 20))?.[1]
      if (status === undefined) return
      count(status)
      // One that was refused asks again in a moment, as impatient programs do.
      if (status !== '200') setTimeout(ask, 100).unref()
    })
    ask()
  }
  return {
    answers: () => [...statuses].map(([status, times]) => `${times} × ${status}`).join(', ') || 'no answer',
    stop: async () => {
      stopped = true
      for (const { socket } of clients) socket.destroy()
      await waitFor('them to be gone', () => clients.every(({ socket }) => socket.closed))
    }
  }
}
