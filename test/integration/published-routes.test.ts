import t from 'tap'
import type { Hostname } from '../../gateway/hostname.ts'
import { routeKey, serializeRoute } from '../../gateway/route-record.ts'
import type { Route } from '../../gateway/route-record.ts'
import { openPublishedRoutes } from '../../provisioner/resources/published-routes.ts'
import { silent } from '../world/control-database.ts'
import { claimInstallation } from '../world/network.ts'
import { startRedis } from '../world/redis.ts'
import { withRedis } from '../world/routes.ts'
import type { Ground } from '../world/installation.ts'
import { waitFor } from '../world/wait-for.ts'

await claimInstallation(t, 'bt-routes')
const redis = await startRedis(t, { installation: 'bt-routes' })
const routes = openPublishedRoutes(redis, silent)
t.teardown(() => { routes.close() })
const raw = async (host: Hostname, value: string): Promise<void> => { await withRedis({ redis } as Ground, async client => await client.set(routeKey(host), value)) }

const A = 'tn_aaaaaaaaaaaa'
const B = 'tn_bbbbbbbbbbbb'
const one = 'one.example.com' as Hostname
const two = 'two.example.com' as Hostname
const route = (epoch: number, tenantId = A, port = 80): Route =>
  ({ tenantId, slug: 's', name: 'Søren & Co', epoch, state: 'active', instance: 'i', upstream: { address: '10.0.0.2', port } })

t.test('published, and only when it changes', async t => {
  t.equal(await routes.publish([one, two], route(1)), 2)
  t.equal(await routes.publish([one, two], route(1)), 0)
  t.strictSame(await routes.read([one, 'none.example.com' as Hostname]), new Map<Hostname, Route | null>([[one, route(1)], ['none.example.com' as Hostname, null]]))
  t.strictSame(await routes.read([]), new Map())
})

t.test('with the limits of the tenant, and when those change', async t => {
  const limited: Route = { ...route(1), limits: { connections: 2, requestsPerSecond: 0.5 } }
  t.equal(await routes.publish([one], limited), 1)
  t.equal(await routes.publish([one], { ...limited, limits: { requestsPerSecond: 0.5, connections: 2 } }), 0)
  t.strictSame((await routes.read([one])).get(one), limited)
  t.equal(await routes.publish([one], route(1)), 1)
})

t.test('an older lease cannot undo the work of a later one', async t => {
  t.equal(await routes.publish([one], route(5)), 1)
  await t.rejects(routes.publish([one], route(4, A, 81)), /one\.example\.com.*later lease/)
  t.equal(await routes.withdraw([one], A, 4), 0)
  t.strictSame((await routes.read([one])).get(one), route(5))
  await t.rejects(routes.publish([one], route(9, B)), /another tenant/)
  t.equal(await routes.withdraw([one], A, 5), 1)
  t.equal(await routes.publish([one], route(1, B)), 1)
})

t.test('withdrawn by its own tenant only', async t => {
  t.equal(await routes.withdraw([one], A, 9), 0)
  t.equal(await routes.withdraw([one], B, 1), 1)
  t.equal(await routes.withdraw([one], B, 1), 0)
})

t.test('rubbish is seen, overwritten and withdrawn', async t => {
  for (const rubbish of ['', 'x', '[]', 'null', '"x"', '{"v":2}', '{"v":1,"tenantId":7,"epoch":"x"}']) {
    await raw(one, rubbish)
    t.equal((await routes.read([one])).get(one), 'unreadable', rubbish)
    t.equal(await routes.publish([one], route(1)), 1)
  }
  await raw(one, 'x')
  t.equal(await routes.withdraw([one], A, 1), 1)
  await raw(one, '{"v":2,"tenantId":"' + B + '","epoch":1}')
  t.equal(await routes.withdraw([one], '', 1), 1, 'whatever it is')
  await withRedis({ redis } as Ground, async client => await client.lpush(routeKey(one), 'x'))
  t.equal((await routes.read([one])).get(one), null)
  t.equal(await routes.publish([one], route(1)), 1, 'even a list')
  t.equal(await routes.withdraw([one], A, 1), 1)
})

t.test('all of them, however many', async t => {
  await withRedis({ redis } as Ground, async client => {
    const pipeline = client.pipeline()
    for (let i = 0; i < 2500; i++) pipeline.set(`berth:route:h${i}.example.com`, serializeRoute(route(1)))
    pipeline.set('other:key', 'x')
    await pipeline.exec()
  })
  const seen = new Set<string>()
  for await (const batch of routes.readAll()) for (const host of batch.keys()) seen.add(host)
  t.equal(seen.size, 2501)
})

t.test('while Redis is away calls fail soon, and its return is told', async t => {
  let told = false
  routes.onReconnect(() => { told = true })
  await redis.stop()
  await t.rejects(routes.publish([one], route(1)))
  await redis.start()
  await waitFor('the return to be told', async () => told)
  await routes.ping()
})
