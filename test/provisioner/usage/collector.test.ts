// What gateways wrote and what containers use arrives in the control database, once, and does not stay for ever.
import { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { run } from '../../../deploy/command.ts'
import { serializeUsage, USAGE_FIELD, USAGE_STREAM } from '../../../gateway/usage-record.ts'
import { openDatabaseReadings } from '../../../provisioner/resources/database-readings.ts'
import { openEngine } from '../../../provisioner/resources/engine.ts'
import { openTenantDatabases } from '../../../provisioner/resources/tenant-databases.ts'
import { openUsageRecords } from '../../../provisioner/resources/usage-records.ts'
import { Collector } from '../../../provisioner/usage/collector.ts'
import { Sampler } from '../../../provisioner/usage/sampler.ts'
import { addTenant, openControlDatabase, silent } from '../../world/control-database.ts'
import { claimInstallation } from '../../world/network.ts'
import { startPostgres } from '../../world/postgres.ts'
import { startRedis } from '../../world/redis.ts'
import { waitFor } from '../../world/wait-for.ts'

const INSTALLATION = 'bt-collect'
const DOCKER_SOCKET = '/var/run/docker.sock'
await claimInstallation(t, INSTALLATION)
const [postgres, redis] = await Promise.all([startPostgres(t, { installation: INSTALLATION, tenantSubnet: '10.213.0.0/20' }), startRedis(t, { installation: INSTALLATION })])
const pool = await openControlDatabase(t, postgres)
const client = new Redis({ host: redis.host, port: redis.port, password: redis.password, maxRetriesPerRequest: null })
client.on('error', () => {})
t.teardown(() => { client.disconnect() })

const server = { name: 'default', host: postgres.host, port: postgres.port, user: 'berth_admin', password: postgres.adminPassword, tenantHost: '10.213.0.1' }
const databases = openTenantDatabases(server, INSTALLATION, silent)
t.teardown(() => databases.close())
const readings = openDatabaseReadings(server, INSTALLATION, silent)
t.teardown(() => readings.close())
const records = openUsageRecords(redis, silent)
t.teardown(() => { records.close() })
const collectorOver = (cgroupRoot = '/nowhere') =>
  new Collector({ pool, records, readings, sampler: new Sampler(openEngine(DOCKER_SOCKET, INSTALLATION), { cgroupRoot, dockerSocket: DOCKER_SOCKET }), log: silent })

const tenant = await addTenant(pool, 'acme')
const process = randomUUID()
const now = (): number => Math.floor(Date.now() / 60_000)
let sequence = 0
const write = async (tenantId: string, change: { minute?: number, sequence?: number, bytesIn?: number } = {}): Promise<void> => {
  await client.xadd(USAGE_STREAM, '*', USAGE_FIELD, serializeUsage({
    process,
    sequence: change.sequence ?? ++sequence,
    minute: change.minute ?? now() - 1,
    tenants: [{ tenantId, requests: 2, errors: 1, bytesIn: change.bytesIn ?? 10, bytesOut: 20, latency: [0, 1, 1] }]
  }))
}
const kept = async (table: 'usage_minutes' | 'usage_hours', of = tenant) => (await pool.query(`SELECT * FROM ${table} WHERE tenant_id = $1 AND requests > 0 ORDER BY at`, [of])).rows as Array<Record<string, unknown>>
/** As if the last look at containers had been in the minute before. */
const aMinuteLater = async (): Promise<void> => {
  await pool.query("UPDATE usage_state SET value = jsonb_build_object('minute', floor(extract(epoch FROM clock_timestamp()) / 60) - 1) WHERE name = 'sampled'")
  await pool.query("UPDATE usage_containers SET minute = date_trunc('minute', clock_timestamp()) - interval '1 minute'")
}
t.beforeEach(async () => {
  await pool.query('DELETE FROM usage_minutes')
  await pool.query('DELETE FROM usage_hours')
  await client.del(USAGE_STREAM)
})

t.test('records are added up by minute and hour, each once', async t => {
  const collector = collectorOver()
  const minute = now() - 1
  await write(tenant, { minute })
  await write(tenant, { minute })
  await write(tenant, { minute, sequence })
  await write('tn_nobodyknows1', { minute })
  await client.xadd(USAGE_STREAM, '*', USAGE_FIELD, 'no record')
  await client.xadd(USAGE_STREAM, '*', 'another', '')
  await collector.collect()
  const added = { requests: 4, errors: 2, bytes_in: 20, bytes_out: 40, latency: [0, 2, 2] }
  t.match(await kept('usage_minutes'), [{ ...added, at: new Date(minute * 60_000) }])
  t.match(await kept('usage_hours'), [{ ...added, at: new Date(Math.floor(minute / 60) * 3_600_000) }])
  t.strictSame(await kept('usage_hours', 'tn_nobodyknows1'), [], 'whoever never was a tenant is left out')
  t.equal(await client.xlen(USAGE_STREAM), 0)
  t.match(collector.totals, { records: 3, duplicates: 1, unreadable: 2, failures: 0 })
})

t.test('two at once count nothing twice', async t => {
  for (let i = 0; i < 120; i++) await write(tenant)
  const collectors = [collectorOver(), collectorOver(), collectorOver()]
  await waitFor('all to be taken', async () => {
    await Promise.all(collectors.map(async collector => { await collector.collect() }))
    return await client.xlen(USAGE_STREAM) === 0
  })
  t.equal((await kept('usage_hours')).reduce((sum, row) => sum + Number(row.requests), 0), 240)
})

t.test('a record that cannot be stored does not keep the others', async t => {
  const collector = collectorOver()
  for (let i = 0; i < 3; i++) await write(tenant, { minute: now() - 1, bytesIn: Number.MAX_SAFE_INTEGER })
  await pool.query('INSERT INTO usage_hours (tenant_id, at, bytes_in) SELECT $1, date_trunc(\'hour\', to_timestamp($2), \'UTC\'), 9223372036854775807', [tenant, (now() - 1) * 60])
  await write(tenant, { minute: now() - 1, bytesIn: 0 })
  await collector.collect()
  t.equal(await client.xlen(USAGE_STREAM), 0)
  t.equal(collector.totals.unreadable, 3)
  t.match(await kept('usage_minutes'), [{ requests: 2, bytes_in: 0 }])
})

t.test('old, late and future minutes', async t => {
  const collector = collectorOver()
  const hourOld = now() - 60
  await write(tenant, { minute: hourOld })
  await write(tenant, { minute: now() - 2 * 24 * 60 })
  await write(tenant, { minute: now() - 91 * 24 * 60 })
  await write(tenant, { minute: now() + 1_000_000 })
  await collector.collect()
  t.equal((await kept('usage_minutes')).length, 2, 'one an hour ago, and that of a clock that is ahead: now')
  t.equal((await kept('usage_hours')).length, 3, 'what is older than a day counts by the hour')
  t.ok((await kept('usage_minutes')).every(({ at }) => (at as Date).getTime() <= Date.now()))
  await pool.query("UPDATE usage_minutes SET at = at - interval '1 day'")
  await pool.query("UPDATE usage_hours SET at = at - interval '89 days'")
  await collector.collect()
  t.strictSame([(await kept('usage_minutes')).length, (await kept('usage_hours')).length], [0, 2])
})

t.test('while Redis is away containers are sampled all the same, and records wait', async t => {
  const collector = collectorOver()
  await write(tenant)
  await redis.stop()
  await collector.collect()
  t.equal(collector.totals.failures, 1)
  await redis.start()
  await waitFor('the record to be taken', async () => {
    await collector.collect()
    return collector.totals.records === 1
  })
  t.equal((await kept('usage_hours')).length, 1)
})

for (const [what, cgroupRoot] of [['control groups', '/sys/fs/cgroup'], ['the engine\'s statistics', '/nowhere']] as const) {
  t.test(`CPU time and memory by ${what}`, async t => {
    await databases.ensure(tenant, 'a password of a tenant')
    const name = `${INSTALLATION}-${tenant}-busy`
    await run('docker', ['run', '--detach', '--name', name, '--label', `berth.installation=${INSTALLATION}`, '--label', `berth.tenant=${tenant}`, 'berth-base', 'perl', '-e', '1 while 1'])
    t.teardown(async () => { await run('docker', ['rm', '--force', name]) })
    const collector = collectorOver(cgroupRoot)
    const used = async () => (await pool.query<Record<string, number>>('SELECT * FROM usage_minutes WHERE tenant_id = $1', [tenant])).rows[0]
    // The engine's statistics are asked for by turns.
    await waitFor('CPU time to be counted', async () => {
      await aMinuteLater()
      await collector.collect()
      return Number((await used())?.cpu_us ?? 0) > 0
    })
    const row = await used()
    t.ok(Number(row?.memory_byte_seconds) / Number(row?.memory_seconds) > 100_000, 'memory')
    t.ok(Number(row?.database_byte_seconds) / Number(row?.database_seconds) > 1_000_000, 'a database')
    t.ok(Number(row?.cpu_us) < 120_000_000, 'no more than there was')
    await pool.query('DELETE FROM usage_minutes')
    await aMinuteLater()
    for (let i = 0; i < 3; i++) await collectorOver(cgroupRoot).collect()
    const { rows } = await pool.query<{ memory_seconds: number }>('SELECT memory_seconds FROM usage_minutes WHERE tenant_id = $1', [tenant])
    // More than one when a minute ended meanwhile.
    t.ok(rows.length > 0 && rows.every(({ memory_seconds: seconds }) => Number(seconds) === 60), 'a minute is sampled once, whoever does')
  })
}

t.test('a renamed tenant, and one that is gone', async t => {
  await pool.query("UPDATE tenants SET name = 'Acme & Sons' WHERE id = $1", [tenant])
  await write(tenant)
  await pool.query('DELETE FROM tenants WHERE id = $1', [tenant])
  await collectorOver().collect()
  t.match(await kept('usage_hours'), [{ requests: 2 }], 'it used what it used')
  t.match((await pool.query('SELECT slug, name FROM usage_tenants WHERE tenant_id = $1', [tenant])).rows, [{ slug: 'acme', name: 'Acme & Sons' }])
  await pool.query("UPDATE usage_hours SET at = at - interval '91 days'")
  await collectorOver().collect()
  t.strictSame((await pool.query('SELECT FROM usage_tenants')).rowCount, 0, 'until nothing of it is kept')
})
