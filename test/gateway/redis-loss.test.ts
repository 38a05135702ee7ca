import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../../deploy/command.ts'
import { spawnGateway, startGateway } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import { waitFor } from '../world/wait-for.ts'
import { routeTo, setScene, startOrigin } from './scene.ts'
import type { Scene } from './scene.ts'

/** Requests without a pause until it is told to stop; then the statuses that came, each with its number. */
function traffic (scene: Pick<Scene, 'ask'>, hosts: readonly string[]) {
  const statuses = new Map<number, number>()
  const stopping = new AbortController()
  const running = Promise.all(hosts.map(async host => {
    while (!stopping.signal.aborted) {
      const { status } = await scene.ask(host)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }))
  return {
    /** Resolves after so many more requests: what was waited for has been seen by them. */
    more: async (count: number) => {
      const total = () => [...statuses.values()].reduce((sum, n) => sum + n, 0)
      const until = total() + count
      await waitFor(`${count} more requests`, async () => total() >= until, { intervalMs: 5 })
    },
    stop: async () => {
      stopping.abort()
      await running
      return Object.fromEntries(statuses)
    }
  }
}

const readiness = async (adminPort: number) => (await request({ port: adminPort, path: '/readyz' })).json<Record<string, unknown>>()

t.test('Redis is lost in every way', async t => {
  const snapshotFile = join(t.testdir(), 'routes')
  const scene = await setScene(t, 'bt-gwloss', { BERTH_GATEWAY_SNAPSHOT_FILE: snapshotFile })
  const { redis, gateway, client, publish, withdraw, ask } = scene
  const origin = await startOrigin(t, (_incoming, answer) => { answer.end('here') })
  const other = await startOrigin(t, (_incoming, answer) => { answer.end('there') })
  const hosts = ['a.example', 'b.example', 'c.example']
  const routes = new Map(hosts.map(host => [host, routeTo(origin.port)]))
  const refill = async () => { for (const [host, route] of routes) await publish(host, route) }
  const heard = (expected: string, port = gateway.adminPort) =>
    waitFor(`Redis to be ${expected}`, async () => (await readiness(port)).redis === expected)

  await refill()
  for (const host of hosts) await waitFor(host, async () => (await ask(host)).status === 200)

  await t.test('FLUSHALL under traffic: nobody notices', async t => {
    const running = traffic(scene, hosts)
    await redis.flushall()
    await waitFor('the gateway to notice', async () => (await readiness(gateway.adminPort)).refilling === true)
    await running.more(200)
    t.match(await ask('nobody.example'), { status: 503, headers: { 'retry-after': /\d/ } }, 'absence proves nothing now')
    await refill()
    await waitFor('the routes to be back', async () => (await readiness(gateway.adminPort)).refilling === false)
    await running.more(50)
    t.strictSame(Object.keys(await running.stop()), ['200'])
    t.equal((await ask('nobody.example')).status, 404)
  })

  await t.test('removed by name in the middle of a refill: gone at once', async t => {
    await redis.flushall()
    await publish('a.example', routeTo(origin.port))
    await withdraw('a.example')
    await waitFor('it to be gone', async () => (await ask('a.example')).status !== 200, { intervalMs: 5 })
    t.equal((await ask('b.example')).status, 200)
    await refill()
    await waitFor('it to be back', async () => (await ask('a.example')).status === 200)
  })

  await t.test('the listening connection is killed: it listens again, and nothing was missed', async t => {
    const running = traffic(scene, hosts)
    const armed = () => gateway.log().filter(line => line.msg === 'Listening to route changes').length
    const before = armed()
    await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    // Changed before the gateway can listen again, most likely; whichever comes first, the change has to be seen.
    await publish('b.example', routeTo(other.port))
    await waitFor('the gateway to listen again', async () => armed() > before)
    await waitFor('the change to be seen', async () => (await ask('b.example')).text === 'there')
    await publish('b.example', routeTo(origin.port))
    await waitFor('the next change to be seen', async () => (await ask('b.example')).text === 'here', { intervalMs: 5 })
    t.strictSame(Object.keys(await running.stop()), ['200'])
  })

  await t.test('the reading connection is killed', async t => {
    const running = traffic(scene, hosts)
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await publish('c.example', routeTo(other.port))
    await waitFor('the change to be seen', async () => (await ask('c.example')).text === 'there')
    t.strictSame(Object.keys(await running.stop()), ['200'])
  })

  await t.test('Redis is stopped under traffic', async t => {
    await refill()
    const running = traffic(scene, hosts)
    await redis.stop()
    await heard('away')
    await running.more(200)

    await t.test('an unknown host cannot be known', async t => {
      const answer = await ask('nobody.example')
      t.match(answer, { status: 503, headers: { 'retry-after': /\d/ } })
      t.match(answer.json(), { code: 'routes_unavailable' })
      t.equal((await request({ port: gateway.adminPort, path: '/readyz' })).status, 200, 'it is ready for what it knows')
    })

    await t.test('a gateway restarted meanwhile serves from its snapshot', async t => {
      await waitFor('the snapshot', async () => (await readFile(snapshotFile, 'utf8')).split('\n').length === hosts.length + 1)
      const second = await startGateway(t, { redis, env: { BERTH_GATEWAY_SNAPSHOT_FILE: snapshotFile } })
      for (const host of hosts) t.match(await request({ port: second.port, host }), { status: 200 })
      t.equal((await request({ port: second.port, host: 'nobody.example' })).status, 503)
      await second.kill()
    })

    await t.test('one without a snapshot is not ready, and says so', async t => {
      const third = await spawnGateway(t, { redis })
      const answer = await waitFor('it to answer', () => request({ port: third.adminPort, path: '/readyz' }))
      t.equal(answer.status, 503)
      t.match(answer.json(), { redis: 'away', routes: 0 })
      t.equal((await request({ port: third.port, host: 'a.example' })).status, 503)
      await third.kill()
    })

    await redis.start()
    await heard('connected')
    await refill()
    await running.more(100)
    t.strictSame(Object.keys(await running.stop()), ['200'])
  })

  await t.test('Redis is back: changes are seen again', async t => {
    await publish('a.example', routeTo(other.port))
    await waitFor('the change', async () => (await ask('a.example')).text === 'there', { intervalMs: 5 })
    await withdraw('a.example')
    await waitFor('the removal', async () => (await ask('a.example')).status === 404, { intervalMs: 5 })
    t.equal((await ask('nobody.example')).status, 404)
    await refill()
  })

  await t.test('Redis hangs: it is noticed, and nobody else does', async t => {
    await waitFor('the routes', async () => (await Promise.all(hosts.map(host => ask(host)))).every(({ status }) => status === 200))
    const running = traffic(scene, hosts)
    await run('docker', ['pause', redis.containerId])
    t.equal((await ask('nobody-knows.example')).status, 503)
    await heard('away')
    await running.more(200)
    await run('docker', ['unpause', redis.containerId])
    await heard('connected')
    await running.more(100)
    t.strictSame(Object.keys(await running.stop()), ['200'])
    t.equal((await ask('nobody.example')).status, 404)
  })

  await t.test('Redis is emptied while nobody listens: what was known is kept until it is refilled', async t => {
    for (const host of hosts) await waitFor(host, async () => (await ask(host)).status === 200)
    const running = traffic(scene, hosts)
    await client.multi().call('CLIENT', 'KILL', 'TYPE', 'pubsub').flushall().exec()
    await waitFor('the gateway to notice', async () => (await readiness(gateway.adminPort)).refilling === true)
    await running.more(100)
    await refill()
    await waitFor('the routes to be back', async () => (await readiness(gateway.adminPort)).refilling === false)
    t.strictSame(Object.keys(await running.stop()), ['200'])
  })

  await t.test('a gateway restarted while Redis is empty serves what it knew a moment ago', async t => {
    const env = { BERTH_GATEWAY_SNAPSHOT_FILE: snapshotFile }
    const before = await startGateway(t, { redis, env })
    for (const host of hosts) await request({ port: before.port, host })
    t.equal(await before.stop(), 0)
    await redis.flushall()
    const after = await startGateway(t, { redis, env })
    for (const host of hosts) t.equal((await request({ port: after.port, host })).status, 200)
    await after.kill()
    await refill()
  })
})

t.test('what nobody refills is given up after the grace', async t => {
  const { redis, publish, ask } = await setScene(t, 'bt-gwgrace', { BERTH_GATEWAY_REFILL_GRACE_MS: '1500' })
  const origin = await startOrigin(t, (_incoming, answer) => { answer.end('here') })
  await publish('a.example', routeTo(origin.port))
  await waitFor('the route', async () => (await ask('a.example')).status === 200)
  await redis.flushall()
  await waitFor('it to be given up', async () => (await ask('a.example')).status === 404)
})
