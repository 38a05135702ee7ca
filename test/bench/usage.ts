// What it costs to know what tenants use. `npm run bench:usage`
import { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { arch, cpus, loadavg, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { run } from '../../deploy/command.ts'
import type { Route } from '../../gateway/route-record.ts'
import { UsageCounts } from '../../gateway/usage-counts.ts'
import { serializeUsage, USAGE_FIELD, USAGE_STREAM, USAGE_TENANTS_MAX } from '../../gateway/usage-record.ts'
import { readCgroups } from '../../provisioner/resources/cgroups.ts'
import { openDatabaseReadings } from '../../provisioner/resources/database-readings.ts'
import { openEngine } from '../../provisioner/resources/engine.ts'
import { readStatistics } from '../../provisioner/resources/engine-statistics.ts'
import { openUsageRecords } from '../../provisioner/resources/usage-records.ts'
import { Collector } from '../../provisioner/usage/collector.ts'
import type { CollectorDeps } from '../../provisioner/usage/collector.ts'
import { openControlDatabase, silent } from '../world/control-database.ts'
import { claimInstallation } from '../world/network.ts'
import { startPostgres } from '../world/postgres.ts'
import { startRedis } from '../world/redis.ts'
import { withUndo } from './undo.ts'

const { values } = parseArgs({ options: { tenants: { type: 'string', default: '1000' }, containers: { type: 'string', default: '50' }, databases: { type: 'string', default: '100' }, minutes: { type: 'string', default: '20' } } })
const [tenants, containers, databases, minutes] = [values.tenants, values.containers, values.databases, values.minutes].map(Number) as [number, number, number, number]
const INSTALLATION = 'bt-bench-usage'
const DOCKER_SOCKET = '/var/run/docker.sock'
const CGROUPS = '/sys/fs/cgroup'
const TICK_MS = 10

const idOf = (i: number): string => `tn_${String(i).padStart(12, '0')}`
const ownMs = (): number => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }
const ofMinute = (ms: number): string => `${ms.toFixed(1)} ms a minute, ${(ms / 600).toFixed(3)} % of a core`

/** CPU time of the engine's daemon so far, in ms (proc_pid_stat(5)); 0 when it is not on this machine. */
function engineMs (): number {
  const pid = readdirSync('/proc').find(name => /^\d+$/.test(name) && textOf(`/proc/${name}/comm`).trim() === 'dockerd')
  const fields = textOf(`/proc/${pid ?? 'none'}/stat`).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS
}

function textOf (path: string): string {
  try { return readFileSync(path, 'latin1') } catch { return '' }
}

await withUndo(async t => {
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? arch()}, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`)
  gateway()
  await claimInstallation(t, INSTALLATION)
  const [postgres, redis] = await Promise.all([startPostgres(t, { installation: INSTALLATION, tenantSubnet: '10.213.0.0/20' }), startRedis(t, { installation: INSTALLATION })])
  const pool = await openControlDatabase(t, postgres)
  const client = new Redis({ host: redis.host, port: redis.port, password: redis.password })
  t.teardown(() => { client.disconnect() })
  await pool.query(`
    INSERT INTO tenants (id, slug, name, release, release_pinned, env, resources, limits, database_server)
    SELECT 'tn_' || lpad(i::text, 12, '0'), 't' || i, 't' || i, '1', false, '{}', '{}', '{}', 'default' FROM generate_series(0, $1 - 1) i`, [tenants])
  for (let i = 0; i < databases; i++) {
    await postgres.admin(`CREATE ROLE ${idOf(i)}`)
    await postgres.admin(`COMMENT ON ROLE ${idOf(i)} IS 'berth.installation=${INSTALLATION} berth.tenant=${idOf(i)}'`)
    await postgres.admin(`CREATE DATABASE ${idOf(i)} OWNER ${idOf(i)}`)
  }
  for (let i = 0; i < containers; i++) {
    await run('docker', ['run', '--detach', '--network', 'none', '--label', `berth.installation=${INSTALLATION}`, '--label', `berth.tenant=${idOf(i)}`, 'berth-base', 'perl', '-e', 'sleep 10000'])
  }

  const server = { name: 'default', host: postgres.host, port: postgres.port, user: 'berth_admin', password: postgres.adminPassword, tenantHost: '10.213.0.1' }
  const readings = openDatabaseReadings(server, INSTALLATION, silent)
  t.teardown(() => readings.close())
  const records = openUsageRecords(redis, silent)
  t.teardown(() => { records.close() })
  const postgresId = (await run('docker', ['inspect', '--format', '{{.Id}}', postgres.containerId])).trim()
  const postgresMs = async (): Promise<number> => ((await readCgroups(CGROUPS))?.get(postgresId)?.cpuUs ?? 0) / 1000

  /** CPU time of this process, PostgreSQL and the engine that the work takes, in ms. */
  async function cost (work: () => Promise<unknown>): Promise<{ own: number, postgres: number, engine: number }> {
    const before = { own: ownMs(), postgres: await postgresMs(), engine: engineMs() }
    await work()
    return { own: ownMs() - before.own, postgres: await postgresMs() - before.postgres, engine: engineMs() - before.engine }
  }

  const list = (await openEngine(DOCKER_SOCKET, INSTALLATION).list()).map(({ id }) => id)
  const reads = await cost(async () => { for (let i = 0; i < 20; i++) await readCgroups(CGROUPS) })
  const all = (await readCgroups(CGROUPS))?.size ?? 0
  const groupsMs = all === 0 ? NaN : reads.own / 20 / all * 1000
  console.log(`control groups of 1,000 containers, by those of ${all}: ${ofMinute(groupsMs)}`)
  const asked = await cost(async () => { for (const id of list) await readStatistics(DOCKER_SOCKET, id) })
  const each = (asked.own + asked.engine) / list.length
  console.log(`the engine's statistics of 25 containers each minute, where there are no control groups: ${ofMinute(each * 25)} (${each.toFixed(2)} ms each, of which the engine ${(asked.engine / list.length).toFixed(2)})`)
  const listed = await cost(async () => { for (let i = 0; i < 10; i++) await openEngine(DOCKER_SOCKET, INSTALLATION).list() })
  console.log(`asking whose 1,000 containers are, every tenth minute: ${ofMinute((listed.own + listed.engine) / 10 / list.length * 1000 / 10)}`)
  const sizes = await cost(async () => { for (let i = 0; i < 5; i++) await readings.sizes() })
  console.log(`sizes of 1,000 databases, by those of ${databases}, every 15 minutes: ${ofMinute((sizes.own + sizes.postgres) / 5 / databases * 1000 / 15)} (${(sizes.postgres / 5 / databases).toFixed(2)} ms each)`)

  // As if each tenant had a container: what is stored of it is the same.
  const samples = Array.from({ length: tenants }, (_, i) => ({ container: idOf(i), tenantId: idOf(i), cpuUs: 1000, memoryBytes: 2 ** 26, complete: true }))
  const deps: CollectorDeps = { pool, records, readings: { ...readings, sizes: async () => ({ tenants: new Map(samples.map(({ tenantId }) => [tenantId, 2 ** 23])), databases: tenants, bytes: 0 }) }, sampler: { sample: async () => samples }, log: silent }
  const collector = new Collector(deps)
  const process_ = randomUUID()
  let sequence = 0
  let stored = { own: 0, postgres: 0, engine: 0 }
  for (let minute = 0; minute < minutes; minute++) {
    for (let from = 0; from < tenants; from += USAGE_TENANTS_MAX) {
      const used = samples.slice(from, from + USAGE_TENANTS_MAX).map(({ tenantId }) => ({ tenantId, requests: 60, errors: 1, bytesIn: 10_000, bytesOut: 1_000_000, latency: [0, 0, 0, 1, 10, 20, 15, 8, 4, 1, 1] }))
      await client.xadd(USAGE_STREAM, '*', USAGE_FIELD, serializeUsage({ process: process_, sequence: ++sequence, minute: Math.floor(Date.now() / 60_000) - minute, tenants: used }))
    }
    await pool.query("UPDATE usage_state SET value = jsonb_build_object('minute', floor(extract(epoch FROM clock_timestamp()) / 60) - 1) WHERE name = 'sampled'")
    const round = await cost(async () => { await collector.collect() })
    stored = { own: stored.own + round.own, postgres: stored.postgres + round.postgres, engine: 0 }
  }
  if (collector.totals.failures > 0 || collector.totals.records !== sequence) throw new Error(`It was not collected: ${JSON.stringify(collector.totals)}`)
  const storedMs = (stored.own + stored.postgres) / minutes
  console.log(`taking and storing what ${tenants} tenants used: ${ofMinute(storedMs)} (provisioner ${(stored.own / minutes).toFixed(1)} ms, PostgreSQL ${(stored.postgres / minutes).toFixed(1)} ms)`)
  console.log(`together, with control groups: ${ofMinute(groupsMs + storedMs + (sizes.own + sizes.postgres) / 5 / databases * 1000 / 15 + (listed.own + listed.engine) / 10 / list.length * 100)}`)
})

/** What counting adds to a request in the gateway, and writing a minute of it. */
function gateway (): void {
  const counts = new UsageCounts()
  const routes = Array.from({ length: tenants }, (_, i): Route => ({ tenantId: idOf(i), slug: 'a', name: 'a', epoch: 1, state: 'active', instance: 'i', upstream: { address: '127.0.0.1', port: 80 } }))
  const requests = 2_000_000
  const count = (): void => { for (let i = 0; i < requests; i++) counts.end(routes[i % tenants] as Route, { bytesReceived: 100, bytesSent: 1000 }, { status: 200, durationMs: i % 50 }) }
  count()
  const before = ownMs()
  count()
  const counted = ownMs() - before
  const took = ownMs()
  const used = counts.take()
  let bytes = 0
  for (let i = 0; i < used.length; i += USAGE_TENANTS_MAX) bytes += serializeUsage({ process: randomUUID(), sequence: 1, minute: 1, tenants: used.slice(i, i + USAGE_TENANTS_MAX) }).length
  console.log(`gateway: ${(counted * 1000 / requests).toFixed(3)} µs a request; ${(ownMs() - took).toFixed(1)} ms and ${Math.round(bytes / 1024)} KiB a minute for ${tenants} tenants`)
}
