// What gateways count arrives in Redis: once, in order, and bounded.
import { Redis } from 'ioredis'
import { pino } from 'pino'
import t from 'tap'
import type { Route } from '../../gateway/route-record.ts'
import { PENDING_MAX, Usage } from '../../gateway/usage.ts'
import { parseUsage, USAGE_FIELD, USAGE_STREAM, USAGE_STREAM_MAX, USAGE_TENANTS_MAX } from '../../gateway/usage-record.ts'
import type { UsageRecord } from '../../gateway/usage-record.ts'
import { startGateway } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import { claimInstallation } from '../world/network.ts'
import { freePort } from '../world/ports.ts'
import { startRedis } from '../world/redis.ts'
import { waitFor } from '../world/wait-for.ts'

const INSTALLATION = 'bt-usage'
await claimInstallation(t, INSTALLATION)
const redis = await startRedis(t, { installation: INSTALLATION })
const client = new Redis({ host: redis.host, port: redis.port, password: redis.password, maxRetriesPerRequest: null })
client.on('error', () => {})
t.teardown(() => { client.disconnect() })

const log = pino({ level: 'silent' })
const routeOf = (number: number): Route => {
  const tenantId = `tn_${String(number).padStart(12, '0')}`
  return { tenantId, slug: tenantId.slice(3), name: 'a', epoch: 1, state: 'active', instance: 'i', upstream: { address: '127.0.0.1', port: 80 } }
}
const count = (usage: Usage, tenant = 1): void => { usage.counts.end(routeOf(tenant), { bytesReceived: 1, bytesSent: 2 }, { status: 200, durationMs: 1 }) }
async function records (): Promise<UsageRecord[]> {
  const entries = await client.xrange(USAGE_STREAM, '-', '+')
  return entries.map(([, [field, value]]) => {
    if (field !== USAGE_FIELD || value === undefined) throw new Error('There is a record without its field.')
    const record = parseUsage(value)
    if (record === null) throw new Error(`${value} is no record.`)
    return record
  })
}
const arrived = async (number: number): Promise<UsageRecord[]> => await waitFor(`${number} records`, async () => {
  const all = await records()
  return all.length >= number && all
})
t.beforeEach(async () => { await client.del(USAGE_STREAM) })

t.test('a minute is a record, of many tenants several', async t => {
  const usage = new Usage(redis, log)
  usage.start()
  for (let i = 0; i <= USAGE_TENANTS_MAX; i++) count(usage, i)
  usage.flush()
  await arrived(2)
  count(usage)
  await usage.close()
  const all = await arrived(3)
  t.strictSame(all.map(({ sequence, tenants }) => [sequence, tenants.length]), [[1, USAGE_TENANTS_MAX], [2, 1], [3, 1]])
  t.equal(new Set(all.map(({ process }) => process)).size, 1)
  t.strictSame(all.at(-1)?.tenants, [{ tenantId: 'tn_000000000001', requests: 1, errors: 0, bytesIn: 1, bytesOut: 2, latency: [0, 0, 1] }])
  t.ok(Math.abs((all[0]?.minute ?? 0) - Date.now() / 60_000) < 5)
})

t.test('what Redis could not take arrives when it is back, and no more than there is room for', async t => {
  const usage = new Usage(redis, log)
  t.teardown(async () => { await usage.close() })
  usage.start()
  count(usage)
  usage.flush()
  await arrived(1)
  await redis.stop()
  for (let i = 0; i < PENDING_MAX + 5; i++) {
    count(usage)
    usage.flush()
  }
  t.equal(usage.totals.dropped, 5)
  await redis.start()
  const all = await arrived(PENDING_MAX + 1)
  t.strictSame(all.map(({ sequence }) => sequence), [1, ...Array.from({ length: PENDING_MAX }, (_, i) => i + 7)])
})

t.test('the stream is bounded', async t => {
  const filling = client.pipeline()
  for (let i = 0; i < USAGE_STREAM_MAX; i++) filling.xadd(USAGE_STREAM, '*', USAGE_FIELD, '')
  await filling.exec()
  const usage = new Usage(redis, log)
  usage.start()
  count(usage)
  usage.flush()
  await waitFor('the record', () => usage.totals.written === 1)
  await usage.close()
  t.equal(await client.xlen(USAGE_STREAM), USAGE_STREAM_MAX)
})

t.test('a gateway that stops hands over what it counted', async t => {
  await client.set('berth:route:a.berth.test', JSON.stringify({ v: 1, tenantId: 'tn_000000000001', slug: 'a', name: 'a', epoch: 1, state: 'active', instance: 'i', upstream: { address: '127.0.0.1', port: await freePort() } }))
  const gateway = await startGateway(t, { redis })
  t.equal((await request({ port: gateway.port, host: 'a.berth.test' })).status, 502)
  t.equal((await request({ port: gateway.port, host: 'a.berth.test' })).status, 502)
  t.equal((await request({ port: gateway.port, host: 'nobody.berth.test' })).status, 404)
  t.match((await request({ port: gateway.adminPort, path: '/metrics' })).text, 'berth_gateway_usage_records_total{result="dropped"} 0')
  t.equal(await gateway.stop(), 0)
  t.match(await arrived(1), [{ tenants: [{ tenantId: 'tn_000000000001', requests: 2, errors: 2 }] }])
})
