import t from 'tap'
import { run } from '../../deploy/command.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, tenantContainers } from '../world/tenants.ts'
import type { TenantView } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

const ground = await layGround(t, 'volume', 7)
const provisioner = await startProvisioner(t, ground)
await createRelease(provisioner, { volume: true })

const volumes = async (): Promise<string[]> =>
  (await run('docker', ['volume', 'ls', '--quiet', '--filter', `label=berth.installation=${ground.installation}`, '--filter', 'label=berth.tenant'])).split('\n').filter(name => name !== '')

t.test('a volume at /data outlives its containers, is never shared, and goes with the tenant', async t => {
  const tenant = await createTenant(provisioner, 'keeper')
  const [first] = await tenantContainers(ground, tenant.id) as [string]
  await run('docker', ['exec', first, 'sh', '-c', 'echo kept > /data/file'])
  t.strictSame(await volumes(), [`${ground.installation}-${tenant.id}-data`])

  const restarted = await provisioner.api('POST', '/v1/tenants/keeper/restart?wait=30')
  t.equal(restarted.json<TenantView>().status, 'ready')
  const second = await waitFor('one other container', async () => {
    const names = await tenantContainers(ground, tenant.id)
    return names.length === 1 && names[0] !== first ? names[0] : null
  })
  t.equal((await run('docker', ['exec', second, 'cat', '/data/file'])).trim(), 'kept')
  const ended = new Date((await provisioner.api('GET', '/v1/tenants/keeper/events?limit=200')).json<{ items: Array<{ reason: string, at: string }> }>()
    .items.find(({ reason }) => reason === 'InstanceStopped')?.at as string)
  const started = new Date((await run('docker', ['inspect', '--format', '{{.State.StartedAt}}', second])).trim())
  t.ok(ended <= started, 'the old one was stopped before the new one started')

  t.equal((await provisioner.api('DELETE', '/v1/tenants/keeper?wait=30')).status, 204)
  t.strictSame(await volumes(), [])
})
