// A release that migrates and never becomes healthy, and then back to the one before: its instance still runs, so there is
// nothing to migrate, and its address is not free for a migration.
import t from 'tap'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, leaveOldRelease, tenantContainers } from '../world/tenants.ts'
import type { TenantView } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

const ground = await layGround(t, 'back', 11)
const provisioner = await startProvisioner(t, ground, { BERTH_START_TIMEOUT_SECONDS: '3' })
await createRelease(provisioner, { version: 'good' })
await leaveOldRelease(ground, { version: 'bad', healthPath: '/nowhere' })
const tenant = await createTenant(provisioner, 'acme', { release: 'good' })
const before = await tenantContainers(ground, tenant.id)

const deploy = async (release: string): Promise<TenantView> =>
  (await provisioner.api('POST', '/v1/tenants/acme/deploy?wait=60', { release })).json<TenantView>()

t.test('back to the release that still runs', async t => {
  t.match(await deploy('bad'), { status: 'degraded', release: 'bad' })
  t.match(await deploy('good'), { status: 'ready', release: 'good' })
  await waitFor('only the first container to be left', async () => (await tenantContainers(ground, tenant.id)).join() === before.join())
})
