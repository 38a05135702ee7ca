import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { spawnGateway } from '../world/gateway.ts'
import { freePort } from '../world/ports.ts'
import { request } from '../world/http.ts'
import { waitFor } from '../world/wait-for.ts'

/** Loaded before the gateway: fails inside it when it is told to, as a mistake in it would. */
const MISTAKE = 'process.on(\'SIGUSR2\', () => { throw new Error(\'a mistake\') })'

for (const workers of ['1', '2']) {
  t.test(`a mistake ends ${workers === '1' ? 'the gateway' : 'a primary'} at once, and says why`, async t => {
    const mistake = join(t.testdir(), 'mistake.cjs')
    writeFileSync(mistake, MISTAKE)
    const redis = { host: '127.0.0.1', port: await freePort(), password: 'none' }
    // A drain time-out that the end must not wait for: the test would not either.
    const gateway = await spawnGateway(t, { redis, env: { BERTH_GATEWAY_WORKERS: workers, BERTH_GATEWAY_DRAIN_TIMEOUT_MS: '86400000', NODE_OPTIONS: `--require=${mistake}` } })
    await waitFor('it to run', async () => (await request({ port: gateway.adminPort, path: '/healthz' })).status === 200)
    await waitFor('it to serve', () => gateway.log().some(({ msg }) => msg === (workers === '1' ? 'Gateway listens' : 'Gateway serves')))
    gateway.signal('SIGUSR2')
    t.equal(await gateway.ended(), 1)
    t.match(gateway.log().find(({ msg }) => msg === 'Gateway failed'), { level: 60, err: { message: 'a mistake' } })
  })
}

t.test('a signal during the start ends it', async t => {
  const redis = { host: '127.0.0.1', port: await freePort(), password: 'none' }
  const gateway = await spawnGateway(t, { redis, env: { BERTH_GATEWAY_WORKERS: '2' } })
  await waitFor('the primary to run', async () => (await request({ port: gateway.adminPort, path: '/healthz' })).status === 200)
  t.equal(await gateway.stop(), 0)
})
