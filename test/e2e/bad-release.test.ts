import t from 'tap'
import { run } from '../../deploy/command.ts'
import { startGateway } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, leaveOldRelease, tenantContainers, tenantDatabases, tenantEvents, waitForStatus } from '../world/tenants.ts'
import type { TenantView } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

const ground = await layGround(t, 'bad', 4)
const provisioner = await startProvisioner(t, ground)
const gateway = await startGateway(t, { redis: ground.redis })

async function buildImage (name: string, lines: string[]): Promise<string> {
  const tag = `${ground.installation}-${name}`
  await run('docker', ['build', '--quiet', '--tag', tag, '-'], { input: ['FROM berth-base', ...lines].join('\n') })
  t.teardown(async () => { await run('docker', ['rmi', '--force', tag]) })
  return tag
}

const exits = await buildImage('exits', ['CMD ["sh", "-c", "echo starting; sleep 0.2; echo cannot find the moon >&2; exit 3"]'])
const ends = await buildImage('ends', ['CMD ["true"]'])
const silent = await buildImage('silent', ['CMD ["sleep", "600"]'])
const greedy = await buildImage('greedy', ['CMD ["sh", "-c", "tail /dev/zero"]'])
const broken = await buildImage('broken', ['CMD ["/no/such/program"]'])
const empty = await buildImage('empty', ['CMD []'])

const absent = 'registry.invalid/none:1'

const cases: Array<{ version: string, release: Record<string, unknown>, condition: string, reason: string, message: RegExp, output?: string }> = [
  { version: 'absent', release: { image: absent, migrate: undefined }, condition: 'InstanceHealthy', reason: 'ImageNotFound', message: /registry\.invalid\/none:1/ },
  { version: 'exits', release: { image: exits, migrate: undefined }, condition: 'InstanceHealthy', reason: 'InstanceExited', message: /exit code 3.*cannot find the moon/, output: 'cannot find the moon' },
  { version: 'ends', release: { image: ends, migrate: undefined }, condition: 'InstanceHealthy', reason: 'InstanceExited', message: /exit code 0/ },
  { version: 'silent', release: { image: silent, migrate: undefined }, condition: 'InstanceHealthy', reason: 'NeverHealthy', message: /nothing listens on port 3000/ },
  { version: 'wrongpath', release: { healthPath: '/nowhere' }, condition: 'InstanceHealthy', reason: 'NeverHealthy', message: /\/nowhere on port 3000 answered 404/ },
  { version: 'greedy', release: { image: greedy, migrate: undefined, resources: { memoryBytes: 32 * 2 ** 20 } }, condition: 'InstanceHealthy', reason: 'OutOfMemory', message: /32 MiB of memory/ },
  { version: 'broken', release: { image: broken, migrate: undefined }, condition: 'InstanceHealthy', reason: 'InstanceExited', message: /exit code 127.*No such file/ },
  { version: 'empty', release: { image: empty, migrate: undefined }, condition: 'InstanceHealthy', reason: 'ImageNotRunnable', message: /[Nn]o command specified/ },
  { version: 'migrate', release: { migrate: ['sh', '-c', 'echo one; echo no such column; exit 7'] }, condition: 'Migrated', reason: 'MigrationFailed', message: /exit code 7.*no such column/, output: 'no such column' },
  { version: 'nomigrate', release: { migrate: ['/no/such/program'] }, condition: 'Migrated', reason: 'MigrationFailed', message: /No such file/ }
]

for (const { version, release, condition, reason, message, output } of cases) {
  t.test(`a first release that is bad: ${version}`, async t => {
    // One that is there when the release is made, and gone when it is needed.
    if (version === 'absent') await run('docker', ['tag', 'berth-base', absent])
    await leaveOldRelease(ground, { version, ...release })
    if (version === 'absent') await run('docker', ['rmi', absent])
    const tenant = await createTenant(provisioner, `t-${version}`, { release: version })
    t.equal(tenant.status, 'failed')
    const told = tenant.conditions.find(({ type }) => type === condition)
    t.match(told, { status: 'False', reason, message })
    const event = (await tenantEvents(provisioner, tenant.id)).find(event => event.reason === reason)
    t.equal(event?.level, 'error')
    if (output !== undefined) t.ok(event?.data?.output?.includes(output), 'with the last lines of its output')
    await waitFor('its containers to be gone', async () => (await tenantContainers(ground, tenant.id)).length === 0)
    const answer = await request({ port: gateway.port, host: `t-${version}.berth.test`, headers: { accept: 'text/html' } })
    t.equal(answer.status, 503)
    t.notMatch(answer.text, /10\.213\./)
    t.equal((await provisioner.api('DELETE', `/v1/tenants/${tenant.id}?wait=30`)).status, 204)
    t.strictSame(await tenantDatabases(ground), { databases: [], roles: [] }, 'nothing is leaked')
  })
}

t.test('a corrected release heals those that were not told which to use', async t => {
  await leaveOldRelease(ground, { version: 'bad-newest', image: exits, migrate: undefined })
  const tenant = await createTenant(provisioner, 'follower')
  t.match(tenant, { status: 'failed', release: 'bad-newest' })
  await createRelease(provisioner, { version: 'good' })
  const healed = await waitForStatus(provisioner, 'follower', 'ready')
  t.equal(healed.release, 'good')
  await waitFor('the gateway', async () => (await request({ port: gateway.port, host: 'follower.berth.test', path: '/api/whoami' })).status === 200)
})

t.test('a bad release for a tenant that serves: the old instance serves on', async t => {
  const before = await tenantContainers(ground)
  for (const version of ['exits', 'silent', 'migrate']) {
    const deployed = await provisioner.api('POST', '/v1/tenants/follower/deploy?wait=60', { release: version })
    t.match(deployed.json<TenantView>(), { status: 'degraded', release: version })
    t.equal((await request({ port: gateway.port, host: 'follower.berth.test', path: '/api/whoami' })).status, 200, `through ${version}`)
  }
  t.match((await provisioner.api('POST', '/v1/tenants/follower/deploy?wait=60', { release: 'good' })).json<TenantView>(), { status: 'ready', release: 'good' })
  await waitFor('only the old container to be left', async () => {
    const after = await tenantContainers(ground)
    return after.length === 1 && after[0] === before[0]
  })
})
