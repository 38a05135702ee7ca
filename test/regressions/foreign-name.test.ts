// Somebody else's container has the name of a tenant's: the tenant can still be suspended and deleted, and its logs asked for.
import t from 'tap'
import { run } from '../../deploy/command.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, getTenant, tenantContainers } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

const ground = await layGround(t, 'foreign-name', 12)
const provisioner = await startProvisioner(t, ground)
await createRelease(provisioner)
const tenant = await createTenant(provisioner, 'acme')
const [name] = await tenantContainers(ground, tenant.id) as [string]
t.teardown(async () => { await run('docker', ['rm', '--force', name]).catch(() => {}) })
await run('docker', ['rm', '--force', name])
await run('docker', ['run', '--detach', '--name', name, '--network', 'none', 'berth-base', 'sleep', '600'])
await waitFor('the conflict to be told', async () => (await getTenant(provisioner, 'acme')).conditions.some(({ reason }) => reason === 'NameConflict'))

t.test('somebody else has the name', async t => {
  t.equal((await provisioner.api('GET', '/v1/tenants/acme/logs')).status, 409)
  t.match((await provisioner.api('POST', '/v1/tenants/acme/suspend?wait=20')).json(), { status: 'suspended' })
  t.equal((await provisioner.api('DELETE', '/v1/tenants/acme?wait=20')).status, 204)
  t.equal((await run('docker', ['inspect', '--format', '{{.State.Running}}', name])).trim(), 'true', 'and the other container was never touched')
})
