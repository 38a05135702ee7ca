import t from 'tap'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { run } from '../../deploy/command.ts'
import { startGateway } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { routesOf } from '../world/routes.ts'
import { createRelease, createTenant, tenantContainers, waitForStatus } from '../world/tenants.ts'
import type { Teardown } from '../world/teardown.ts'
import { waitFor } from '../world/wait-for.ts'

const REDIS_AWAY_MS = 30_000

/** Services outlive the subtest that starts them. */
const root: Teardown = t
const ground = await layGround(t, 'away', 5)
const folder = await mkdtemp(join(tmpdir(), 'berth-away-'))
t.teardown(async () => { await rm(folder, { recursive: true, force: true }) })
const provisioner = await startProvisioner(t, ground, { BERTH_RESYNC_SECONDS: '5' })
let gateway = await startGateway(t, { redis: ground.redis, env: { BERTH_GATEWAY_SNAPSHOT_FILE: join(folder, 'routes.json') } })
await createRelease(provisioner)
const tenants = [await createTenant(provisioner, 'acme'), await createTenant(provisioner, 'umbra')]
const ask = async (host: string): Promise<number> => (await request({ port: gateway.port, host, path: '/api/whoami' }).catch(() => null))?.status ?? 0
for (const { slug } of tenants) await waitFor(`${slug} to answer`, async () => await ask(`${slug}.berth.test`) === 200)

/** Users of both tenants, who ask again and again until the work is done. Returns what was not a 200. */
async function underTraffic (work: () => Promise<void>): Promise<{ asked: number, failed: number[] }> {
  const done = new AbortController()
  const seen: number[] = []
  const users = tenants.map(async ({ slug }) => {
    while (!done.signal.aborted) {
      seen.push(await ask(`${slug}.berth.test`))
      await delay(5)
    }
  })
  await work().finally(() => { done.abort() })
  await Promise.all(users)
  return { asked: seen.length, failed: seen.filter(status => status !== 200) }
}

t.test('FLUSHALL under traffic: no request to a known tenant fails, and the routes are back', async t => {
  const before = await routesOf(ground)
  const { asked, failed } = await underTraffic(async () => {
    for (let round = 0; round < 3; round++) {
      await ground.redis.flushall()
      await waitFor('the routes to be back', async () => Object.keys(await routesOf(ground)).length === 2, { timeoutMs: 30_000 })
    }
  })
  t.strictSame(failed, [], `of ${asked} requests`)
  t.strictSame(await routesOf(ground), before)
})

t.test('Redis is away for 30 seconds under traffic', async t => {
  const { asked, failed } = await underTraffic(async () => {
    await ground.redis.stop()
    const until = Date.now() + REDIS_AWAY_MS
    t.equal(await ask('stranger.berth.test'), 503, 'whether it exists cannot be known')
    while (Date.now() < until) await delay(250)
    await ground.redis.start()
    await waitFor('the routes to be back', async () => Object.keys(await routesOf(ground)).length === 2, { timeoutMs: 30_000 })
  })
  t.strictSame(failed, [], `of ${asked} requests`)
  await waitFor('a stranger to be unknown again', async () => await ask('stranger.berth.test') === 404)
  const added = await provisioner.api('POST', '/v1/tenants/acme/domains?wait=20', { host: 'new.example' })
  t.equal(added.status, 201)
  await waitFor('a new domain to be routed', async () => await ask('new.example') === 200)
})

t.test('a gateway that is restarted while Redis is away serves from its snapshot', async t => {
  await ground.redis.stop()
  await gateway.stop()
  gateway = await startGateway(root, { redis: ground.redis, env: { BERTH_GATEWAY_SNAPSHOT_FILE: join(folder, 'routes.json') } })
  for (const { slug } of tenants) t.equal(await ask(`${slug}.berth.test`), 200)
  t.equal(await ask('stranger.berth.test'), 503)
  await ground.redis.start()
  await waitFor('a stranger to be unknown', async () => await ask('stranger.berth.test') === 404)
})

t.test('a container that dies while Redis is away comes back under its address', async () => {
  const [name] = await tenantContainers(ground, tenants[0]?.id) as [string]
  await ground.redis.stop()
  await run('docker', ['rm', '--force', name])
  await waitFor('the tenant to answer', async () => await ask('acme.berth.test') === 200)
  await ground.redis.start()
  await waitForStatus(provisioner, 'acme', 'ready')
})

t.test('PostgreSQL is restarted', async t => {
  await ground.postgres.restart()
  await waitFor('the API', async () => (await provisioner.api('GET', '/v1/tenants')).status === 200)
  await waitFor('the tenants', async () => await ask('acme.berth.test') === 200 && await ask('umbra.berth.test') === 200)
  const created = await createTenant(provisioner, 'after')
  t.equal(created.status, 'ready')
  t.equal((await provisioner.api('DELETE', '/v1/tenants/after?wait=30')).status, 204)
})

t.test('PostgreSQL is restarted in the middle of creates', async t => {
  const slugs = ['p1', 'p2', 'p3']
  for (const slug of slugs) t.equal((await provisioner.api('POST', '/v1/tenants', { slug })).status, 202)
  await ground.postgres.restart()
  for (const slug of slugs) await waitForStatus(provisioner, slug, 'ready', 60_000)
  t.equal((await tenantContainers(ground)).length, 5)
})
