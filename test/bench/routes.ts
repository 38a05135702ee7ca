// What many tenants cost the gateway, and how soon it follows a change: `npm run bench:routes`. How: test/bench/README.md
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { Pool } from 'undici'
import { runCommand, say, seconds, step } from '../../deploy/say.ts'
import { routeKey } from '../../gateway/route-record.ts'
import { request } from '../world/http.ts'
import { claimInstallation } from '../world/network.ts'
import { freePort } from '../world/ports.ts'
import { startRedis } from '../world/redis.ts'
import type { Teardown } from '../world/teardown.ts'
import { waitFor } from '../world/wait-for.ts'
import { judgeValue } from './bars.ts'
import { addressOf } from './load/address.ts'
import { processTree, residentBytes } from './processes.ts'
import { startBerth } from './proxies/gateway.ts'
import { activeHost, activeRecord, domainHost, writeRoutes } from './route-set.ts'
import { stayOn } from './scene.ts'
import { barTable, columns, quantile } from './table.ts'
import { withUndo } from './undo.ts'

const INSTALLATION = 'bt-bench-routes'
const ROUTES = 1_000_000
const ACTIVE = 10_000
const DOMAINS = 180_000
/** So many are known, and as much garbage made, when the count of a route's memory begins: V8 takes its share at first, whatever for. */
const DOMAINS_BEFORE = 30_000
const VISITS = 50_000
const LOOKUPS = 2000
const CHANGES = 300
const CONNECTIONS = 64
/** Each takes a process two descriptors, of which it may have 20,000 or so. */
const ADDRESSES_OF_ONE = 2500
/** V8 gives memory back a while after the last work, so a process is watched for so long, and its least counts. */
const SETTLE_MS = 20_000
/** The gateway closes what was idle for a minute in a sweep every half. */
const IDLE_MS = 120_000
const ORIGIN = fileURLToPath(new URL('load/address-origin.ts', import.meta.url))
const STATE = fileURLToPath(new URL('../.state/', import.meta.url))

await runCommand(() => withUndo(async t => {
  const began = performance.now()
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, Linux ${release()}, Node ${process.version}, load ${loadavg().map(load => load.toFixed(1)).join(' ')} at the start`
  say(machine)
  await stayOn([0])
  const folder = await mkdtemp(join(tmpdir(), 'berth-bench-'))
  t.teardown(async () => { await rm(folder, { recursive: true, force: true }) })
  await claimInstallation(t, INSTALLATION)
  const service = await startRedis(t, { installation: INSTALLATION })
  const redis = new Redis({ host: service.host, port: service.port, password: service.password })
  t.teardown(() => { redis.disconnect() })

  const port = await freePort()
  for (let first = 0; first < ACTIVE; first += ADDRESSES_OF_ONE) await startInstances(t, port, first, ADDRESSES_OF_ONE)
  await step(`${ROUTES.toLocaleString('en')} routes written to Redis`, async () => {
    await writeRoutes(redis, { active: ACTIVE, domains: DOMAINS, quiet: ROUTES - ACTIVE - DOMAINS, port })
    const keys = await redis.dbsize()
    if (keys !== ROUTES) throw new Error(`Redis has ${keys} keys`)
    return undefined
  })
  const gateway = await startBerth(t, { folder, host: domainHost(0), redis: service }, { name: 'gateway', cores: '1', workers: 1, env: { BERTH_GATEWAY_ROUTES_MAX: String(DOMAINS + 2 * ACTIVE) } })
  const pool = new Pool(`http://127.0.0.1:${gateway.port}`, { connections: CONNECTIONS, pipelining: 1 })
  t.teardown(async () => { await pool.destroy() })

  /** Visits a host; the address that answered. */
  async function visit (host: string): Promise<string> {
    const { statusCode, body } = await pool.request({ path: '/', method: 'GET', headers: { host } })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`${host} answered ${statusCode}: ${text}`)
    return text
  }
  async function visitAll (count: number, host: (i: number) => string): Promise<void> {
    let next = 0
    await Promise.all(Array.from({ length: CONNECTIONS }, async () => { while (next < count) await visit(host(next++)) }))
    gateway.takeOutput()
  }
  async function timed (work: () => Promise<unknown>): Promise<number> {
    const from = performance.now()
    await work()
    return performance.now() - from
  }
  async function settledBytes (): Promise<number> {
    let least = Infinity
    for (const until = performance.now() + SETTLE_MS; performance.now() < until; await delay(500)) least = Math.min(least, residentBytes(processTree(gateway.pid)))
    return least
  }
  async function metric (name: string): Promise<number> {
    const { text } = await request({ port: gateway.adminPort, path: '/metrics' })
    const value = new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]
    if (value === undefined) throw new Error(`The gateway has no metric ${name}`)
    return Number(value)
  }
  /** How often Redis was asked for a route, by its own count. */
  async function reads (): Promise<number> {
    return [...(await redis.info('commandstats')).matchAll(/^cmdstat_m?get:calls=(\d+)/gm)].reduce((sum, [, calls]) => sum + Number(calls), 0)
  }

  const bytes = { start: 0, routes: 0, active: 0, idle: 0 }
  await step(`The gateway, warm, and ${DOMAINS_BEFORE.toLocaleString('en')} routes known`, async () => {
    await visitAll(20_000, () => domainHost(0))
    await visitAll(DOMAINS_BEFORE, domainHost)
    bytes.start = await settledBytes()
    return mib(bytes.start)
  })

  const cold: number[] = []
  const warm: number[] = []
  await step(`${DOMAINS.toLocaleString('en')} routes known`, async () => {
    for (let i = DOMAINS_BEFORE; i < DOMAINS_BEFORE + LOOKUPS; i++) {
      cold.push(await timed(() => visit(domainHost(i))))
      warm.push(await timed(() => visit(domainHost(i))))
    }
    await visitAll(DOMAINS - DOMAINS_BEFORE, i => domainHost(DOMAINS_BEFORE + i))
    bytes.routes = await settledBytes()
    return mib(bytes.routes)
  })

  const asked = { first: 0, later: 0 }
  await step(`${ACTIVE.toLocaleString('en')} tenants active`, async () => {
    const before = await reads()
    await visitAll(ACTIVE, activeHost)
    const between = await reads()
    await visitAll(VISITS, () => activeHost(Math.floor(Math.random() * ACTIVE)))
    asked.first = between - before
    asked.later = await reads() - between
    bytes.active = await settledBytes()
    const upstreams = await metric('berth_gateway_upstreams')
    if (upstreams < ACTIVE) throw new Error(`The gateway is connected to ${upstreams} instances only`)
    return mib(bytes.active)
  })

  await step('All idle', async () => {
    await waitFor('the gateway to let go of idle instances', async () => await metric('berth_gateway_upstreams') <= 1, { timeoutMs: IDLE_MS, intervalMs: 1000 })
    bytes.idle = await settledBytes()
    return mib(bytes.idle)
  })

  const changes: number[] = []
  await step(`${CHANGES} routes changed`, async () => {
    for (let i = 0; i < CHANGES; i++) {
      await visit(activeHost(i))
      const there = addressOf(i + 1)
      changes.push(await timed(async () => {
        await redis.set(routeKey(activeHost(i)), activeRecord(i, i + 1, port, 1))
        await waitFor(`the change of ${activeHost(i)}`, async () => await visit(activeHost(i)) === there, { intervalMs: 0 })
      }))
    }
    return undefined
  })

  const perRoute = (bytes.routes - bytes.start) / (DOMAINS - DOMAINS_BEFORE)
  const perTenant = (bytes.active - bytes.routes) / ACTIVE
  const kept = (bytes.idle - bytes.routes) / ACTIVE
  const hitRate = 1 - asked.later / VISITS
  // What remains of a tenant is its route, which stays known.
  const returned = kept <= perRoute ? 1 : (perTenant - kept) / (perTenant - perRoute)
  const bars = [
    judgeValue('a cached route, kB', perRoute / 1000, { atMost: 2 }),
    judgeValue('an active tenant with its route, kB', perTenant / 1000, { atMost: 20 }),
    judgeValue('share of a tenant\'s memory that is free when it is idle', returned, { atLeast: 0.8 }),
    judgeValue('a change in Redis until it is used, p99 ms', quantile(changes, 0.99), { atMost: 20 })
  ]
  const line = (values: number[]): string[] => [0.5, 0.99].map(q => quantile(values, q).toFixed(2))
  say(`\n${columns([
    ['', 'p50 ms', 'p99 ms'],
    ['the first request for a host (Redis is asked)', ...line(cold)],
    ['the next one', ...line(warm)],
    ['a change in Redis until a request goes there', ...line(changes)]
  ])}`)
  say(`\n${columns([
    ['resident memory of the gateway', 'MiB', 'kB each'],
    [`one tenant, ${DOMAINS_BEFORE.toLocaleString('en')} routes known`, mib(bytes.start), ''],
    [`${DOMAINS.toLocaleString('en')} routes known`, mib(bytes.routes), (perRoute / 1000).toFixed(2)],
    [`and ${ACTIVE.toLocaleString('en')} tenants active`, mib(bytes.active), (perTenant / 1000).toFixed(2)],
    ['the same tenants idle', mib(bytes.idle), (kept / 1000).toFixed(2)]
  ])}`)
  say(`\nThe first request of each tenant asked Redis ${asked.first.toLocaleString('en')} times (by its own count), the ${VISITS.toLocaleString('en')} after them, at random, ${asked.later}: ${(hitRate * 100).toFixed(2)} % hits`)
  say(`\n${barTable(bars)}`)
  const file = join(STATE, 'bench-routes.json')
  await mkdir(STATE, { recursive: true })
  await writeFile(file, JSON.stringify({ at: new Date().toISOString(), machine, bytes, perRoute, perTenant, kept, returned, asked, hitRate, bars, ms: { cold: line(cold), warm: line(warm), changes: line(changes) } }, null, 2))
  say(`\n${file}, ${seconds(performance.now() - began)}`)
}))

async function startInstances (t: Teardown, port: number, first: number, count: number): Promise<void> {
  const child = spawn(process.execPath, [ORIGIN, String(port), String(first), String(count)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  await Promise.race([once(child.stdout, 'data'), ended.then(() => { throw new Error('The instances did not start') })])
}

function mib (bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0)
}
