import t from 'tap'
import { startGateway } from '../world/gateway.ts'
import { layGround } from '../world/installation.ts'
import { onEvents } from '../world/on-event.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, leaveOldRelease, tenantContainers, waitForStatus } from '../world/tenants.ts'
import type { Teardown } from '../world/teardown.ts'
import { startTraffic } from '../world/traffic.ts'
import { waitFor } from '../world/wait-for.ts'

const STEPS = {
  'start-first': ['MigrationStarted', 'InstanceCreated', 'MigrationFinished', 'InstanceStarted', 'InstanceHealthy', 'RoutePublished', 'InstanceRemoved'],
  'stop-first': ['RouteHolding', 'InstanceStopped', 'MigrationStarted', 'InstanceStarted', 'InstanceHealthy', 'RoutePublished', 'InstanceRemoved']
}

/** Provisioners outlive the subtest that starts them. */
const root: Teardown = t
const ground = await layGround(t, 'deploy-crash', 13)
const gateway = await startGateway(t, { redis: ground.redis })
let provisioner = await startProvisioner(t, ground)
await createRelease(provisioner, { version: 'first' })
const tenant = await createTenant(provisioner, 'acme')

for (const [strategy, steps] of Object.entries(STEPS)) {
  for (const reason of steps) {
    t.test(`killed when a deploy, ${strategy}, comes to ${reason}`, async t => {
      const release = `${strategy}-${reason}`
      // Nothing is known of what it migrates, so that every deploy has a migration.
      await leaveOldRelease(ground, { version: release, strategy })
      const traffic = await startTraffic(t, { port: gateway.port, host: 'acme.berth.test', connections: 8, sockets: 8 })
      const killed = new Promise<void>(resolve => {
        onEvents(t, ground, reason, 1, () => { process.kill(provisioner.pid, 'SIGKILL'); resolve() })
          .then(async () => await provisioner.api('POST', '/v1/tenants/acme/deploy', { release })).catch(() => {})
      })
      await killed
      await provisioner.kill()
      provisioner = await startProvisioner(root, ground)
      t.equal((await waitForStatus(provisioner, 'acme', 'ready')).release, release)
      await waitFor('one container', async () => (await tenantContainers(ground, tenant.id)).length === 1)
      const { failures, socketFailures, posted } = await traffic.stop()
      t.strictSame([failures, socketFailures], [{}, {}])
      const { rows } = await ground.postgres.admin('SELECT count(*)::int AS count FROM notes WHERE text = ANY($1)', [posted], tenant.id)
      t.equal(rows[0].count, posted.length, 'every note once')
    })
  }
}
