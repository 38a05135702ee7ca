import { Redis } from 'ioredis'
import { pino } from 'pino'
import t from 'tap'
import { RateShares } from '../../gateway/rate-shares.ts'
import { claimInstallation } from '../world/network.ts'
import { startRedis } from '../world/redis.ts'
import { waitFor } from '../world/wait-for.ts'

const RATE = { requestsPerSecond: 200, burst: 50 }
/** What machines that pause and clocks that differ make of a rate. */
const TOLERANCE = 1.2

await claimInstallation(t, 'bt-rates')
const redis = await startRedis(t, { installation: 'bt-rates' })
const client = new Redis({ host: redis.host, port: redis.port, password: redis.password, maxRetriesPerRequest: null })
client.on('error', () => {})
t.teardown(() => { client.disconnect() })
const log = pino({ level: 'silent' })

let tenants = 0
const newTenant = (): string => `tn_${String(++tenants).padStart(12, '0')}`
const evals = async (): Promise<number> => Number(/cmdstat_eval:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0)

function open (): RateShares {
  const shares = new RateShares(redis, log)
  shares.start()
  t.teardown(async () => { await shares.close() })
  return shares
}

/** Asks each of the gateways so many times at once. */
function ask (gateways: readonly RateShares[], tenant: string, times: number, rate = RATE): number[] {
  return gateways.map(gateway => {
    let admitted = 0
    for (let i = 0; i < times; i++) if (gateway.admit(tenant, rate, performance.now()) === 0) admitted++
    return admitted
  })
}

/** Floods the gateways until they have admitted `total` together: what each admitted, of how many, and what the rate allows in that time. */
async function flood (gateways: readonly RateShares[], tenant: string, total: number, rate = RATE) {
  const began = performance.now()
  const admitted = gateways.map(() => 0)
  let asked = 0
  const sum = (): number => admitted.reduce((a, b) => a + b, 0)
  await waitFor(`${total} to be admitted`, () => {
    for (const [i, count] of ask(gateways, tenant, 20, rate).entries()) admitted[i] = (admitted[i] as number) + count
    asked += 20 * gateways.length
    return sum() >= total
  }, { intervalMs: 1 })
  return { admitted, sum: sum(), asked, allowed: rate.burst + rate.requestsPerSecond * (performance.now() - began) / 1000 }
}

const together = async (gateways: readonly RateShares[], processes: number): Promise<void> => {
  await waitFor(`${processes} processes`, () => gateways.every(gateway => gateway.processes === processes))
}

const a = open()

await t.test('one gateway needs no Redis', async t => {
  const tenant = newTenant()
  await waitFor('it to be counted', async () => await client.zcard('berth:gateways') === 1)
  const before = await evals()
  const { sum, asked, allowed } = await flood([a], tenant, 300)
  t.ok(sum <= allowed + 1, `${sum} of ${asked}, ${allowed} allowed`)
  t.ok(await evals() - before < asked / 100)
  t.equal(await client.exists(`berth:rate:${tenant}`), 0)
})

const b = open()

t.test('a second one is heard of', async t => {
  await together([a, b], 2)
  t.equal(await client.zcard('berth:gateways'), 2)
})

t.test('no rate, no count', async t => {
  t.strictSame(ask([a], newTenant(), 10_000, { requestsPerSecond: Infinity, burst: 1 }), [10_000])
})

t.test('two share one rate', async t => {
  const tenant = newTenant()
  const before = await evals()
  const { admitted, sum, asked, allowed } = await flood([a, b], tenant, 600)
  t.ok(sum <= allowed * TOLERANCE, `${sum} admitted, ${allowed} allowed`)
  for (const part of admitted) t.ok(part > sum / 5, `${part} of ${sum}: neither is left with nothing`)
  t.ok(await evals() - before < asked / 10, 'requests are not calls')
})

t.test('one alone of two may have all of it, and no more', async t => {
  const tenant = newTenant()
  ask([b], tenant, 1)
  const { sum, allowed } = await flood([a], tenant, 400)
  t.ok(sum <= allowed * TOLERANCE, `${sum} admitted, ${allowed} allowed`)
})

t.test('a burst is shared too, and comes back', async t => {
  const tenant = newTenant()
  const rate = { requestsPerSecond: 20, burst: 40 }
  t.strictSame(ask([a, b], tenant, 100, rate), [20, 20])
  const held = async () => Number(await client.hget(`berth:rate:${tenant}`, 'level'))
  await waitFor('it to be settled', async () => await client.exists(`berth:rate:${tenant}`) === 1 && await held() < 20)
  const { sum, allowed } = await flood([a, b], tenant, 20, rate)
  t.ok(sum <= allowed * TOLERANCE)
})

t.test('less than one a second, and one at once', async t => {
  const tenant = newTenant()
  const rate = { requestsPerSecond: 2, burst: 1 }
  const { sum, allowed } = await flood([a, b], tenant, 6, rate)
  t.ok(sum <= allowed * TOLERANCE + 1, `${sum} admitted, ${allowed} allowed`)
})

t.test('a flood of one tenant takes nothing from another', async t => {
  const quiet = newTenant()
  await flood([a, b], newTenant(), 300)
  t.equal(a.admit(quiet, RATE, performance.now()), 0)
})

t.test('a change of the rate holds at once', async t => {
  const tenant = newTenant()
  await flood([a, b], tenant, 100)
  const faster = await flood([a, b], tenant, 2000, { requestsPerSecond: 1000, burst: 50 })
  t.ok(faster.sum <= faster.allowed * TOLERANCE)
  const slower = await flood([a, b], tenant, 50, { requestsPerSecond: 20, burst: 20 })
  t.ok(slower.sum <= slower.allowed * TOLERANCE)
})

t.test('what is in hand is given back, and who is not used is forgotten', async t => {
  await waitFor('all to be forgotten', () => a.size === 0 && b.size === 0, { timeoutMs: 30_000 })
  t.pass('forgotten')
})

t.test('while Redis is away each goes on by itself', async t => {
  const tenant = newTenant()
  await flood([a, b], tenant, 100)
  await redis.stop()
  await together([a, b], 1)
  for (const gateway of [a, b]) {
    const { sum, allowed } = await flood([gateway], tenant, 200)
    t.ok(sum <= allowed + 1)
  }
  await redis.start()
  await together([a, b], 2)
  const { sum, allowed } = await flood([a, b], tenant, 600)
  t.ok(sum <= allowed * TOLERANCE, `shared again: ${sum} admitted, ${allowed} allowed`)
})

t.test('Redis brings an error: each goes on by itself, and then not', async t => {
  const tenant = newTenant()
  await client.set(`berth:rate:${tenant}`, 'no bucket')
  t.ok(a.admit(tenant, RATE, performance.now()) === 0)
  await together([a], 1)
  await client.del(`berth:rate:${tenant}`)
  await together([a, b], 2)
})

t.test('one that dies is not counted for long, one that leaves not at all', async t => {
  const [seconds] = await client.time()
  await client.zadd('berth:gateways', Number(seconds) * 1000 + 2000, 'dead')
  await together([a, b], 3)
  await together([a, b], 2)
  const tenant = newTenant()
  ask([b], tenant, 10)
  await waitFor('it to be settled', async () => await client.exists(`berth:rate:${tenant}`) === 1)
  await b.close()
  await together([a], 1)
  t.equal(await client.zcard('berth:gateways'), 1)
})
