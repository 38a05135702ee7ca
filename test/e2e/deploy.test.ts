import t from 'tap'
import { startGateway } from '../world/gateway.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, tenantContainers, tenantEvents } from '../world/tenants.ts'
import type { TenantView } from '../world/tenants.ts'
import { startTraffic } from '../world/traffic.ts'
import { waitFor } from '../world/wait-for.ts'

const DEPLOYS = 20
const STOP_FIRST_DEPLOYS = 5

const ground = await layGround(t, 'deploy', 13)
const [provisioner, gateway] = await Promise.all([
  // Longer than the grace of WebSockets.
  startProvisioner(t, ground, { BERTH_DEPLOY_DRAIN_MS: '1500' }),
  startGateway(t, { redis: ground.redis, env: { BERTH_GATEWAY_WEBSOCKET_GRACE_MS: '500' } })
])
await createRelease(provisioner, { version: '1' })
const tenant = await createTenant(provisioner, 'acme', { release: '1' })

const notes = async (): Promise<string[]> =>
  (await ground.postgres.admin('SELECT text FROM notes', [], tenant.id)).rows.map(({ text }: { text: string }) => text).sort()

for (const [strategy, deploys] of [['start-first', DEPLOYS], ['stop-first', STOP_FIRST_DEPLOYS]] as const) {
  t.test(`${deploys} deploys in a row, ${strategy}: nobody notices`, async t => {
    const before = await notes()
    const traffic = await startTraffic(t, { port: gateway.port, host: 'acme.berth.test', connections: 64, sockets: 100 })
    const since = (await tenantEvents(provisioner, 'acme'))[0]?.id as number
    for (let i = 0; i < deploys; i++) {
      // Each time another: one that still drains would be taken back as it is. Some migrate.
      const release = `${strategy}-${i}`
      await createRelease(provisioner, { version: release, env: { RELEASE: release }, ...(i % 5 === 0 ? {} : { migrate: undefined }) })
      const deployed = await provisioner.api('POST', '/v1/tenants/acme/deploy?wait=60', { release, strategy })
      t.match(deployed.json<TenantView>(), { status: 'ready', release })
    }
    await waitFor('the last old container to go', async () => (await tenantContainers(ground, tenant.id)).length === 1)
    const { requests, failures, posted, longestMs, closeCodes, socketFailures } = await traffic.stop()
    t.comment(`${requests} requests, ${posted.length} notes, the longest took ${Math.round(longestMs)} ms`)
    t.strictSame(failures, {})
    t.strictSame(await notes(), [...before, ...posted].sort(), 'every note once')
    t.strictSame(Object.keys(closeCodes), ['1012'])
    t.strictSame(socketFailures, {})
    const made = (await ground.postgres.admin('SELECT count(*)::int AS count FROM events WHERE id > $1 AND reason = $2', [since, 'InstanceCreated'], 'berth_control')).rows[0].count
    t.equal(made, deploys, 'each had an instance of its own')
    const stopped = (await tenantEvents(provisioner, 'acme')).filter(({ id, reason }) => id > since && reason === 'InstanceStopped')
    t.equal(stopped.length, strategy === 'stop-first' ? deploys : 0)
  })
}
