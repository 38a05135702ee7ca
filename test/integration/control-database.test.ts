import t from 'tap'
import { once } from 'node:events'
import { migrateControlDatabase } from '../../provisioner/database/migrate-control-database.ts'
import { inTransaction, openPool } from '../../provisioner/database/pool.ts'
import { claimLeases, hastenRetries, releaseLease, requestIdle } from '../../provisioner/queue/lease-store.ts'
import type { Lease } from '../../provisioner/queue/lease-store.ts'
import { Presence } from '../../provisioner/queue/presence.ts'
import { Worker } from '../../provisioner/queue/worker.ts'
import { parsePoolSubnet } from '../../provisioner/resources/address-pool.ts'
import type { PoolSubnet } from '../../provisioner/resources/address-pool.ts'
import { appendEvent, eventsAfter, eventsBefore } from '../../provisioner/tenants/event-store.ts'
import { forgetInstance, instancesOf, reserveInstance } from '../../provisioner/tenants/instance-store.ts'
import type { Instance } from '../../provisioner/tenants/instance-store.ts'
import { changeTenant, findTenant, forgetTenant, recordObservation, requestWork } from '../../provisioner/tenants/tenant-store.ts'
import type { Condition, Failure, Tenant } from '../../provisioner/tenants/tenant.ts'
import { addTenant, controlEndpoint, openControlDatabase, silent } from '../world/control-database.ts'
import { claimInstallation } from '../world/network.ts'
import { startPostgres } from '../world/postgres.ts'
import { waitFor } from '../world/wait-for.ts'

await claimInstallation(t, 'bt-control')
const postgres = await startPostgres(t, { installation: 'bt-control', tenantSubnet: '10.213.128.0/20' })
const pool = await openControlDatabase(t, postgres)
const subnet = parsePoolSubnet('10.213.128.0/22') as PoolSubnet

async function present (): Promise<Presence> {
  const presence = new Presence(controlEndpoint(postgres), silent)
  await presence.open()
  t.teardown(async () => { await presence.close() })
  return presence
}

const ownerOf = (presence: Presence): number => presence.stay?.number as number
const leasesOf = async (presence: Presence, limit = 100): Promise<Lease[]> => await claimLeases(pool, ownerOf(presence), limit)
const done = { inMs: null, failed: false }

t.test('migrations race', async t => {
  const { rows: [before] } = await pool.query('SELECT count(*) FROM migrations')
  const pools = Array.from({ length: 4 }, () => openPool(controlEndpoint(postgres), 1, silent))
  await Promise.all(pools.map(async other => { await migrateControlDatabase(other, silent) }))
  await Promise.all(pools.map(async other => { await other.end() }))
  t.strictSame((await pool.query('SELECT count(*) FROM migrations')).rows[0], before)
})

t.test('leases', async t => {
  const [one, two] = [await present(), await present()]
  const a = await addTenant(pool, 'a')
  const b = await addTenant(pool, 'b')

  t.test('of many who claim at once, each tenant goes to one', async t => {
    const claims = await Promise.all(Array.from({ length: 10 }, async (_, i) => await leasesOf(i % 2 === 0 ? one : two)))
    t.strictSame(claims.flat().map(({ tenantId }) => tenantId).sort(), [a, b].sort())
    for (const lease of claims.flat()) await releaseLease(pool, lease, done)
  })

  t.test('what was asked for during a pass is done after it', async t => {
    await requestWork(pool, [a])
    const [lease] = await leasesOf(one) as [Lease]
    t.strictSame(await leasesOf(two), [])
    await requestWork(pool, [a])
    t.strictSame(await leasesOf(two), [], 'not while it is leased')
    await releaseLease(pool, lease, done)
    const [next] = await leasesOf(two) as [Lease]
    t.equal(next.tenantId, a)
    t.ok(next.epoch > lease.epoch)
    await releaseLease(pool, lease, { inMs: 0, failed: false })
    t.strictSame(await leasesOf(one), [], 'a lease that is over ends nobody else\'s')
    await releaseLease(pool, next, done)
    t.strictSame(await leasesOf(one), [])
  })

  t.test('errors are counted until one is not', async t => {
    await requestWork(pool, [a])
    for (const attempts of [0, 1, 2]) {
      const [lease] = await leasesOf(one) as [Lease]
      t.equal(lease.attempts, attempts)
      await releaseLease(pool, lease, { inMs: 0, failed: true })
    }
    await releaseLease(pool, (await leasesOf(one))[0] as Lease, { inMs: 0, failed: false })
    const [lease] = await leasesOf(one) as [Lease]
    t.equal(lease.attempts, 0)
    await releaseLease(pool, lease, done)
  })

  t.test('after an outage nobody waits for its back-off', async t => {
    await requestWork(pool, [a])
    await releaseLease(pool, (await leasesOf(one))[0] as Lease, { inMs: 60_000, failed: true })
    t.strictSame(await leasesOf(one), [])
    await hastenRetries(pool)
    const [lease] = await leasesOf(one) as [Lease]
    t.match(lease, { tenantId: a, attempts: 1 })
    await releaseLease(pool, lease, done)
  })

  t.test('only those are woken that nobody was going to look at', async t => {
    t.equal(await requestIdle(pool, [a, b]), 2)
    t.equal(await requestIdle(pool, [a, b]), 0)
    for (const lease of await leasesOf(one)) await releaseLease(pool, lease, done)
  })

  t.test('when an owner goes, its leases are free', async t => {
    const three = await present()
    await requestWork(pool, [a])
    const [lost] = await leasesOf(three) as [Lease]
    t.strictSame(await leasesOf(one), [])
    await three.close()
    const [taken] = await waitFor('the lease', async () => { const leases = await leasesOf(one); return leases.length > 0 ? leases as [Lease] : null })
    t.ok(taken.epoch > lost.epoch)
    const tenant = await findTenant(pool, a) as Tenant
    const seen = { generation: 1, settled: true, conditions: [], failure: null, ready: true, crashed: false }
    t.equal(await recordObservation(pool, tenant, lost.epoch, seen), false, 'and what it saw is not recorded any more')
    t.equal((await findTenant(pool, a))?.observedGeneration, 0)
    await releaseLease(pool, taken, done)
  })
})

t.test('presence', async t => {
  const presence = await present()
  const stay = presence.stay
  const heard: string[] = []
  presence.on('berth_work', payload => { heard.push(payload) })
  await pool.query("SELECT pg_notify('berth_work', 'x')")
  await waitFor('the notification', async () => heard.includes('x'))

  const again = once(presence, 'stay')
  await postgres.admin('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', ['berth-presence'])
  await again
  t.ok(stay?.lost.aborted)
  t.notOk(presence.stay?.lost.aborted)
  t.not(presence.stay?.number, stay?.number)
  await waitFor('to be told that something may have been missed', async () => heard.includes(''))
})

t.test('a worker', async t => {
  const presence = await present()
  const ids = await Promise.all(['w1', 'w2', 'w3', 'w4'].map(async slug => await addTenant(pool, slug)))
  const passes: string[] = []
  let atOnce = 0
  let most = 0
  let fail = true
  const worker = new Worker({
    pool,
    presence,
    concurrency: 2,
    log: silent,
    pass: async ({ tenantId }) => {
      most = Math.max(most, ++atOnce)
      passes.push(tenantId)
      await pool.query('SELECT pg_sleep(0.02)')
      atOnce--
      if (tenantId === ids[0] && fail) { fail = false; throw new Error('could not tell') }
      return null
    }
  })
  worker.start()
  await waitFor('every tenant, and the one that failed twice', async () => ids.every(id => passes.includes(id)) && passes.filter(id => id === ids[0]).length === 2)
  t.ok(most <= 2, 'no more at once than it may')

  const count = passes.length
  await requestWork(pool, [ids[1] as string])
  await waitFor('the one that was asked for', async () => passes.length > count)
  t.equal(passes.at(-1), ids[1])

  await postgres.admin('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', ['berth-presence'])
  await requestWork(pool, [ids[2] as string])
  await waitFor('work after the connection was lost', async () => passes.at(-1) === ids[2])

  let aborted = false
  const slow = new Worker({
    pool, presence, concurrency: 1, log: silent, pass: async (_lease, signal) => await new Promise((_resolve, reject) => signal.addEventListener('abort', () => { aborted = true; reject(new Error('aborted')) }))
  })
  await worker.stop()
  slow.start()
  await requestWork(pool, [ids[3] as string])
  await waitFor('the slow pass', async () => (await pool.query('SELECT FROM work WHERE tenant_id = $1 AND owner IS NOT NULL', [ids[3]])).rowCount === 1)
  await slow.stop()
  t.ok(aborted, 'stopping breaks off what is under way')
  t.equal((await pool.query('SELECT FROM work WHERE owner IS NOT NULL')).rowCount, 0, 'and gives the lease back')
})

t.test('the status', async t => {
  const id = await addTenant(pool, 'status')
  const condition = (status: Condition['status']): Condition => ({ type: 'InstanceHealthy', status, reason: 'R', message: 'M', since: new Date().toISOString(), observedGeneration: 1 })
  const failure: Failure = { condition: 'InstanceHealthy', reason: 'R', message: 'M', attempts: 1, retryAt: null }
  const table: Array<[string, { wanted?: string, generation?: number, observed?: number, conditions?: Condition[], failure?: Failure, ready?: boolean }]> = [
    ['provisioning', {}],
    ['provisioning', { observed: 1, conditions: [condition('Unknown')] }],
    ['ready', { observed: 1, conditions: [condition('True')], ready: true }],
    ['degraded', { observed: 1, conditions: [condition('False')], ready: true }],
    ['provisioning', { generation: 2, observed: 1, conditions: [condition('True')], ready: true }],
    ['failed', { observed: 1, failure }],
    ['degraded', { observed: 1, failure, ready: true }],
    ['suspended', { wanted: 'suspended', observed: 1, conditions: [condition('False')], ready: true }],
    ['provisioning', { wanted: 'suspended', generation: 2, observed: 1, ready: true }],
    ['deleting', { wanted: 'deleted', observed: 1, failure, ready: true }]
  ]
  for (const [status, { wanted = 'running', generation = 1, observed = 0, conditions = [], failure, ready = false }] of table) {
    await pool.query('UPDATE tenants SET wanted = $2, generation = $3, observed_generation = $4, conditions = $5, failure = $6, ready_at = CASE WHEN $7 THEN now() END WHERE id = $1',
      [id, wanted, generation, observed, JSON.stringify(conditions), failure === undefined ? null : JSON.stringify(failure), ready])
    t.equal((await findTenant(pool, id))?.status, status, `${wanted} ${observed}/${generation} ${conditions[0]?.status ?? '-'} ${failure === undefined ? '' : 'failed'} ${ready ? 'was ready' : ''}`)
  }
})

t.test('a change ends the failure of the generation before, and only of that', async t => {
  const id = await addTenant(pool, 'changing')
  await pool.query('UPDATE work SET epoch = 5 WHERE tenant_id = $1', [id])
  const failure: Failure = { condition: 'Migrated', reason: 'R', message: 'M', attempts: 1, retryAt: null }
  const seen = { generation: 1, settled: true, conditions: [], failure, ready: false, crashed: true }
  const tenant = await findTenant(pool, id) as Tenant
  t.ok(await recordObservation(pool, tenant, 5, seen))
  t.match(await findTenant(pool, id), { failure: { reason: 'R' }, crashes: 1 })
  await inTransaction(pool, async tx => { await changeTenant(tx, id, { restart: true }) })
  t.match(await findTenant(pool, id), { failure: null, generation: 2, restarts: 1, observedGeneration: 1 })
  t.ok(await recordObservation(pool, tenant, 5, seen), 'a pass that began before the change')
  t.equal((await findTenant(pool, id))?.failure, null, 'says nothing about what came after it')
})

t.test('addresses', async t => {
  const [one, two] = [await addTenant(pool, 'addr1'), await addTenant(pool, 'addr2')]
  const reserve = async (tenantId: string, name: string): Promise<void> => { await reserveInstance(pool, subnet, tenantId, { name, release: '1', specHash: 'h', port: 1, recipe: null }) }
  await Promise.all([reserve(one, 'i1'), reserve(two, 'i2'), reserve(one, 'i3')])
  const addresses = [...await instancesOf(pool, one, subnet), ...await instancesOf(pool, two, subnet)].map(({ address }) => address)
  t.equal(new Set(addresses).size, 3, 'each its own')
  const first = (await instancesOf(pool, one, subnet))[0] as Instance
  await reserve(one, first.name)
  t.equal((await instancesOf(pool, one, subnet)).find(({ name }) => name === first.name)?.address, first.address, 'again the same')

  await forgetInstance(pool, first.name)
  await reserve(two, 'i4')
  t.not((await instancesOf(pool, two, subnet)).find(({ name }) => name === 'i4')?.address, first.address, 'an address rests before another tenant gets it')
  await reserve(one, 'i5')
  t.equal((await instancesOf(pool, one, subnet)).find(({ name }) => name === 'i5')?.address, first.address, 'its own tenant has it back at once')
  await forgetInstance(pool, 'i5')
  await pool.query("UPDATE addresses SET released_at = now() - interval '61 minutes' WHERE instance IS NULL")
  await reserve(two, 'i6')
  t.equal((await instancesOf(pool, two, subnet)).find(({ name }) => name === 'i6')?.address, first.address, 'after an hour anybody can')

  await pool.query("INSERT INTO addresses (index, tenant_id, released_at) SELECT i, 'tn_x', now() FROM generate_series(100, 999) i")
  await t.rejects(reserve(one, 'i7'), /BERTH_TENANT_SUBNET/)
})

t.test('events are kept within bounds', async t => {
  const id = await addTenant(pool, 'talker')
  await pool.query("INSERT INTO events (tenant_id, level, reason, message) SELECT $1, 'info', 'R' || i, 'M' FROM generate_series(1, 1500) i", [id])
  for (let i = 0; i < 100; i++) await appendEvent(pool, id, { reason: 'Last', message: 'M', data: { i } })
  const { rows: [{ count }] } = await pool.query('SELECT count(*)::int FROM events WHERE tenant_id = $1', [id])
  t.ok(count >= 1000 && count <= 1100, `${count} of 1600`)
  const newest = await eventsBefore(pool, id, null, 2)
  t.match(newest.map(({ reason }) => reason), ['Last', 'Last'])
  t.equal((await eventsBefore(pool, id, newest[1]?.id ?? 0, 1))[0]?.id, (newest[1]?.id ?? 0) - 1)
  t.strictSame((await eventsAfter(pool, id, (newest[0]?.id ?? 0) - 1, 10)).map(({ id }) => id), [newest[0]?.id])
})

t.test('only a tenant that is to be deleted is forgotten', async t => {
  const id = await addTenant(pool, 'stays')
  await forgetTenant(pool, id, 0)
  t.ok(await findTenant(pool, id))
  await inTransaction(pool, async tx => { await changeTenant(tx, id, { wanted: 'deleted' }) })
  await forgetTenant(pool, id, 7)
  t.ok(await findTenant(pool, id), 'not under another lease')
  await forgetTenant(pool, id, 0)
  t.equal(await findTenant(pool, id), null)
})
