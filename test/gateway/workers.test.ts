import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent, request as send } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { Test } from 'tap'
import type { Hostname } from '../../gateway/hostname.ts'
import { formatSnapshot } from '../../gateway/route-snapshot.ts'
import type { Route } from '../../gateway/route-record.ts'
import { spawnGateway, startGateway } from '../world/gateway.ts'
import type { GatewayProcess } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import { freePort } from '../world/ports.ts'
import { waitFor } from '../world/wait-for.ts'
import { routeTo, startOrigin } from './scene.ts'

interface WorkerState { worker: number, status: string }

/** Two workers that know their routes from a snapshot: Redis is away throughout. */
async function settle (t: Test, routes: Array<[string, Route]>, env: Record<string, string> = {}) {
  const file = join(t.testdir(), 'routes')
  writeFileSync(file, [...formatSnapshot(routes as Array<[Hostname, Route]>)].join(''))
  const redis = { host: '127.0.0.1', port: await freePort(), password: 'none' }
  const gateway = await startGateway(t, { redis, env: { BERTH_GATEWAY_WORKERS: '2', BERTH_GATEWAY_SNAPSHOT_FILE: file, ...env } })
  await waitFor('both to be in the log', () => pids(gateway).size === 2)
  return { gateway, file }
}

/** The processes in the workers' places, as the log has them last. */
function pids (gateway: GatewayProcess): Map<number, number> {
  return new Map(gateway.log().filter(({ msg }) => msg === 'Worker serves').map(({ worker, pid }) => [worker as number, pid as number]))
}

async function states (gateway: GatewayProcess): Promise<WorkerState[]> {
  return (await request({ port: gateway.adminPort, path: '/readyz' })).json<{ workers: WorkerState[] }>().workers
}

async function sampleOf (gateway: GatewayProcess, series: string): Promise<number> {
  const { text } = await request({ port: gateway.adminPort, path: '/metrics' })
  const line = text.split('\n').find(line => line.startsWith(`${series} `))
  return Number(line?.slice(series.length) ?? NaN)
}

/** A connection of its own that stays, with one request on it. */
async function connect (t: Test, gateway: GatewayProcess) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => { agent.destroy() })
  return async (path = '/') => {
    const [answer] = await once(send({ host: '127.0.0.1', port: gateway.port, agent, path, headers: { host: 'a.example' } }).end(), 'response') as [IncomingMessage]
    return await text(answer)
  }
}

t.test('two workers serve one port, and the primary speaks for them', async t => {
  const origin = await startOrigin(t, (incoming, answer) => { answer.end(incoming.url) })
  const route = routeTo(origin.port)
  const { gateway } = await settle(t, [['a.example', route]])
  const connections = await Promise.all(Array.from({ length: 10 }, () => connect(t, gateway)))
  for (const ask of connections) t.equal(await ask('/x'), '/x')

  t.match(await states(gateway), [{ worker: 1, status: 'ready' }, { worker: 2, status: 'ready' }])
  t.equal(await sampleOf(gateway, 'berth_gateway_requests_total{status="2xx"}'), 10)
  t.equal(await sampleOf(gateway, 'berth_gateway_request_seconds_count'), 10)
  t.equal(await sampleOf(gateway, 'berth_gateway_request_seconds_bucket{le="+Inf"}'), 10)
  t.equal(await sampleOf(gateway, `berth_gateway_tenant_requests_total{tenant="${route.tenantId}",status="2xx"}`), 10)
  t.equal(await sampleOf(gateway, 'berth_gateway_workers'), 2)
  t.equal(await sampleOf(gateway, 'berth_gateway_routes_known'), 1, 'the same route in both')

  const peers = new Set(origin.requests.map(({ socket }) => socket.remotePort))
  t.equal(peers.size, 2, 'each worker has its own connection to the tenant')
  await waitFor('the log', () => gateway.log().filter(({ msg }) => msg === 'Request').length === 10)
  t.equal((await request({ port: gateway.adminPort, path: '/healthz' })).status, 200)
})

t.test('a worker that is killed costs its own connections, and comes back', async t => {
  const held: Array<() => void> = []
  const origin = await startOrigin(t, (incoming, answer) => {
    if (incoming.url === '/hold') held.push(() => { answer.end('held') })
    else answer.end('ok')
  })
  const { gateway } = await settle(t, [['a.example', routeTo(origin.port)]])
  const connections = await Promise.all(Array.from({ length: 4 }, () => connect(t, gateway)))
  for (const ask of connections) await ask()
  t.equal(await sampleOf(gateway, 'berth_gateway_requests_total{status="2xx"}'), 4)

  const ends = connections.map(ask => ask('/hold').catch((err: NodeJS.ErrnoException) => err.code))
  await waitFor('the requests', () => held.length === 4)
  const before = pids(gateway)
  process.kill(before.get(1) as number, 'SIGKILL')
  await waitFor('it to come back', () => pids(gateway).get(1) !== before.get(1))
  t.equal(pids(gateway).get(2), before.get(2), 'the other goes on')
  for (const release of held) release()
  t.strictSame(new Set(await Promise.all(ends)), new Set(['ECONNRESET', 'held']), 'and so do the requests on it')
  await waitFor('both to be ready', async () => (await states(gateway)).every(({ status }) => status === 'ready'))
  t.ok(await sampleOf(gateway, 'berth_gateway_requests_total{status="2xx"}') >= 4, 'what was counted stays counted')
  t.equal(await sampleOf(gateway, 'berth_gateway_worker_restarts_total'), 1)
  t.match(gateway.log().find(({ msg }) => msg === 'Worker ended, is started again'), { worker: 1, signal: 'SIGKILL', delayMs: 0 })

  const now = pids(gateway).get(1) as number
  process.kill(now, 'SIGKILL')
  await waitFor('it to come back once more', () => pids(gateway).get(1) !== now)
  t.match(gateway.log().filter(({ msg }) => msg === 'Worker ended, is started again').at(-1), { worker: 1, delayMs: 250 }, 'not quite as soon when it ends again at once')
  t.equal(await (await connect(t, gateway))(), 'ok')
})

t.test('SIGTERM drains all of them', async t => {
  const release: Array<() => void> = []
  const origin = await startOrigin(t, (_incoming, answer) => { release.push(() => { answer.end('slow') }) })
  const { gateway } = await settle(t, [['a.example', routeTo(origin.port)]])
  const connections = await Promise.all(Array.from({ length: 4 }, () => connect(t, gateway)))
  const slow = connections.map(ask => ask())
  await waitFor('the requests', () => release.length === 4)
  const stopped = gateway.stop()
  await waitFor('it to be no longer ready', async () => (await request({ port: gateway.adminPort, path: '/readyz' })).status === 503)
  await waitFor('the port to be closed', async () => await request({ port: gateway.port, host: 'a.example', timeoutMs: 1000 }).then(() => false, (err: NodeJS.ErrnoException) => err.code === 'ECONNREFUSED'))
  for (const each of release) each()
  t.strictSame(await Promise.all(slow), ['slow', 'slow', 'slow', 'slow'])
  t.equal(await stopped, 0)
  t.match(gateway.log().filter(({ msg }) => msg === 'Gateway stopped').map(({ clean }) => clean), [true, true])
  t.match(gateway.log().find(({ msg }) => msg === 'All workers stopped'), { clean: true })
})

t.test('SIGTERM: what does not end is cut at the deadline', async t => {
  const origin = await startOrigin(t, () => {})
  const { gateway } = await settle(t, [['a.example', routeTo(origin.port)]], { BERTH_GATEWAY_DRAIN_TIMEOUT_MS: '300' })
  const never = t.rejects(request({ port: gateway.port, host: 'a.example' }), { code: 'ECONNRESET' })
  await waitFor('the request', () => origin.requests.length === 1)
  t.equal(await gateway.stop(), 0)
  await never
})

t.test('the workers end with their primary', async t => {
  const origin = await startOrigin(t, (_incoming, answer) => { answer.end('ok') })
  const { gateway } = await settle(t, [['a.example', routeTo(origin.port)]])
  const workers = [...pids(gateway).values()]
  await gateway.kill()
  await waitFor('the workers to end', () => workers.every(pid => !isAlive(pid)))
  t.equal(workers.length, 2)
})

t.test('a port that is taken ends the start, with the reason', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => { taken.close() })
  const { port } = taken.address() as { port: number }
  const redis = { host: '127.0.0.1', port: await freePort(), password: 'none' }
  const gateway = await spawnGateway(t, { redis, port, env: { BERTH_GATEWAY_WORKERS: '2' } })
  t.equal(await gateway.ended(), 1)
  t.match(gateway.log().filter(({ msg }) => msg === 'Gateway cannot start').at(-1), { err: { message: /^Worker \d ended before it served: .*EADDRINUSE/ } })
})

t.test('one worker writes the snapshot', async t => {
  const origin = await startOrigin(t, (_incoming, answer) => { answer.end('ok') })
  const { gateway, file } = await settle(t, [['a.example', routeTo(origin.port)]])
  const before = readFileSync(file, 'utf8')
  t.equal(await (await connect(t, gateway))(), 'ok')
  t.equal(await gateway.stop(), 0)
  t.equal(readFileSync(file, 'utf8'), before)
  t.strictSame(readdirSync(t.testdirName), ['routes'], 'and leaves nothing beside it')
})

function isAlive (pid: number): boolean {
  try {
    // A process that nobody has waited for yet still takes signals.
    return process.kill(pid, 0) && !/^\d+ \(.*\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
