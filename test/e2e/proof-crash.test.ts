// The provisioner is killed in the middle of a proof, at each of its stages: another goes on, and nothing is left behind.
import t from 'tap'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import type { ProvisionerProcess } from '../world/provisioner.ts'
import { createTenant, releaseEvents, SAMPLE_RELEASE, tenantContainers } from '../world/tenants.ts'
import type { ReleaseView } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

const ground = await layGround(t, 'proof', 13)

/** What is seen of a proof that is under way. */
const MOMENTS: Record<string, (provisioner: ProvisionerProcess, version: string) => Promise<boolean>> = {
  'when it was asked for': async () => true,
  'when its migration was told': async (provisioner, version) => await told(provisioner, version, 'Migrating'),
  'while its migration runs': async () => (await tenantContainers(ground)).some(name => name.endsWith('-migration')),
  'when it was migrated': async (provisioner, version) => await told(provisioner, version, 'MigrationFinished'),
  'while its instance starts': async () => (await tenantContainers(ground)).some(name => name.endsWith('-proof')),
  'when its instance was healthy': async (provisioner, version) => await told(provisioner, version, 'InstanceHealthy')
}

async function told (provisioner: ProvisionerProcess, version: string, reason: string): Promise<boolean> {
  return (await releaseEvents(provisioner, version)).some(event => event.reason === reason)
}

// Each lives as long as the file.
const whole = t
let provisioner = await startProvisioner(t, ground)

for (const [index, [moment, seen]] of Object.entries(MOMENTS).entries()) {
  t.test(`killed ${moment}`, async t => {
    const version = String(index)
    t.equal((await provisioner.api('POST', '/v1/releases', { ...SAMPLE_RELEASE, version })).status, 202)
    await waitFor('the moment', async () => await seen(provisioner, version), { intervalMs: 5 })
    await provisioner.kill()
    provisioner = await startProvisioner(whole, ground)
    const release = await waitFor('the end of the proof', async () => {
      const found = (await provisioner.api('GET', `/v1/releases/${version}`)).json<ReleaseView>()
      return found.state === 'verifying' ? null : found
    }, { timeoutMs: 60_000 })
    t.match(release, { state: 'usable', migratesFrom: index === 0 ? null : String(index - 1), migrates: index === 0 ? null : false })
    t.strictSame(await tenantContainers(ground), [], 'no container is left')
    const { rows } = await ground.postgres.admin("SELECT FROM pg_database WHERE datname LIKE 'rl\\_%' AND datname NOT LIKE '%\\_template'")
    t.equal(rows.length, 0, 'no database is left but templates')
  })
}

t.test('a tenant is made of what came out of it', async t => {
  t.match(await createTenant(provisioner, 'acme'), { status: 'ready', release: String(Object.keys(MOMENTS).length - 1) })
})
