// What a proxied request costs: the gateway as it runs, beside @fastify/http-proxy as it comes. `npm run bench:gateway`
//
// Both run as processes of their own before the same origin, in turns; the table gives the medians of the rounds. CPU time is
// user and system time of the proxy's process over the requests that were answered (proc(5), /proc/PID/stat).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpus, loadavg } from 'node:os'
import { Pool } from 'undici'
import { startGateway } from '../world/gateway.ts'
import { claimInstallation } from '../world/network.ts'
import { freePort } from '../world/ports.ts'
import { startRedis } from '../world/redis.ts'
import { withRedis } from '../world/routes.ts'
import type { Ground } from '../world/installation.ts'
import { routeKey, serializeRoute } from '../../gateway/route-record.ts'
import type { Hostname } from '../../gateway/hostname.ts'
import { waitFor } from '../world/wait-for.ts'
import { request } from '../world/http.ts'
import { withUndo } from './undo.ts'

const ROUNDS = 5
const REQUESTS = 20_000
const CONNECTIONS = 64
const TICKS_PER_SECOND = 100
const HOST = 'bench.example.com' as Hostname
const BODY = 'eighteen characters'.slice(0, 18)

const STOCK = `
import fastify from 'fastify'
import proxy from '@fastify/http-proxy'
const app = fastify()
app.register(proxy, { upstream: process.argv[2] })
await app.listen({ host: '127.0.0.1', port: Number(process.argv[1]) })`

interface Round { requestsPerSecond: number, cpuMicros: number }

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number

function cpuSeconds (pid: number): number {
  // The name may hold spaces; utime and stime are the 12th and 13th field after it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

async function measure (port: number, pid: number): Promise<Round> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS, pipelining: 1 })
  let left = REQUESTS
  const before = cpuSeconds(pid)
  const began = performance.now()
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    while (left-- > 0) {
      const { statusCode, body } = await pool.request({ path: '/', method: 'GET', headers: { host: HOST } })
      if (statusCode !== 200 || await body.text() !== BODY) throw new Error(`answered ${statusCode}`)
    }
  }))
  const seconds = (performance.now() - began) / 1000
  const cpu = cpuSeconds(pid) - before
  await pool.close()
  return { requestsPerSecond: REQUESTS / seconds, cpuMicros: cpu / REQUESTS * 1e6 }
}

await withUndo(async t => {
  await claimInstallation(t, 'bt-bench-gateway')
  const redis = await startRedis(t, { installation: 'bt-bench-gateway' })
  const origin = createServer((_incoming, answer) => { answer.end(BODY) }).listen(0, '127.0.0.1')
  t.teardown(() => { origin.closeAllConnections(); origin.close() })
  await once(origin, 'listening')
  const originPort = (origin.address() as AddressInfo).port
  await withRedis({ redis } as Ground, async client => await client.set(routeKey(HOST), serializeRoute({
    tenantId: 'tn_000000000001', slug: 'bench', name: 'Bench', epoch: 1, state: 'active', instance: 'bench', upstream: { address: '127.0.0.1', port: originPort }
  })))
  const gateway = await startGateway(t, { redis })
  const stockPort = await freePort()
  const stock = spawn(process.execPath, ['--input-type=module', '--eval', STOCK, '--', String(stockPort), `http://127.0.0.1:${originPort}`], { stdio: 'inherit' })
  t.teardown(() => { stock.kill('SIGKILL') })
  await waitFor('the stock proxy', async () => (await request({ port: stockPort }).catch(() => null))?.status === 200)

  const contestants = [
    { name: 'gateway, everything on', port: gateway.port, pid: gateway.pid, rounds: [] as Round[] },
    { name: '@fastify/http-proxy, stock', port: stockPort, pid: stock.pid as number, rounds: [] as Round[] }
  ]
  for (let round = -1; round < ROUNDS; round++) {
    for (const each of contestants) {
      const result = await measure(each.port, each.pid)
      if (round >= 0) each.rounds.push(result)
    }
  }
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}; ${BODY.length} B, ${CONNECTIONS} connections kept alive, ${ROUNDS} rounds of ${REQUESTS}`)
  const table = contestants.map(({ name, rounds }) => ({
    name,
    'CPU µs/request': Math.round(median(rounds.map(({ cpuMicros }) => cpuMicros))),
    'requests/s': Math.round(median(rounds.map(({ requestsPerSecond }) => requestsPerSecond)))
  }))
  console.table(table)
  console.log(`CPU per request: ${((table[0]?.['CPU µs/request'] as number) / (table[1]?.['CPU µs/request'] as number)).toFixed(2)} × stock`)
})
