import t from 'tap'
import { run } from '../../deploy/command.ts'
import { startGateway } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import { layGround } from '../world/installation.ts'
import { onEvents } from '../world/on-event.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, leaveOldRelease, tenantContainers, tenantEvents, waitForStatus } from '../world/tenants.ts'
import type { TenantView } from '../world/tenants.ts'
import { startTraffic } from '../world/traffic.ts'
import { waitFor } from '../world/wait-for.ts'

const ground = await layGround(t, 'deploy-failure', 13)
const provisioner = await startProvisioner(t, ground, { BERTH_START_TIMEOUT_SECONDS: '3' })
const gateway = await startGateway(t, { redis: ground.redis })
const exits = `${ground.installation}-exits`
await run('docker', ['build', '--quiet', '--tag', exits, '-'], { input: 'FROM berth-tenant-app\nCMD ["sh", "-c", "echo cannot find the moon >&2; exit 3"]' })
t.teardown(async () => { await run('docker', ['rmi', '--force', exits]) })
const absent = 'registry.invalid/gone:1'

await createRelease(provisioner, { version: 'good' })
const tenant = await createTenant(provisioner, 'acme')
const [old] = await tenantContainers(ground, tenant.id) as [string]
const deploy = async (release: string, strategy?: string): Promise<TenantView> =>
  (await provisioner.api('POST', '/v1/tenants/acme/deploy?wait=60', { release, strategy })).json<TenantView>()
const answers = async (): Promise<boolean> => (await request({ port: gateway.port, host: 'acme.berth.test', path: '/api/whoami' })).status === 200

const WAYS: Array<{ version: string, release: Record<string, unknown>, reason: string }> = [
  { version: 'never-healthy', release: { healthPath: '/nowhere' }, reason: 'NeverHealthy' },
  { version: 'migrate-fails', release: { migrate: ['sh', '-c', 'node migrate.ts; echo no such column >&2; exit 7'] }, reason: 'MigrationFailed' },
  { version: 'exits', release: { image: exits }, reason: 'InstanceExited' },
  { version: 'image-gone', release: { image: absent }, reason: 'ImageNotFound' }
]
for (const { version, release } of WAYS) await leaveOldRelease(ground, { version, ...release })

t.test('a tenant that was healthy with one release has nothing to go back to', async t => {
  const answer = await provisioner.api('POST', '/v1/tenants/acme/rollback')
  t.match([answer.status, answer.json()], [409, { code: 'nothing_to_roll_back' }])
})

for (const strategy of ['start-first', 'stop-first']) {
  for (const { version, reason } of WAYS) {
    t.test(`${version}, ${strategy}: the old instance serves on`, async t => {
      const traffic = await startTraffic(t, { port: gateway.port, host: 'acme.berth.test', connections: 8, sockets: 8 })
      const failed = await deploy(version, strategy)
      t.match(failed, { status: 'degraded', release: version })
      t.ok(failed.conditions.some(condition => condition.status === 'False' && condition.reason === reason), `says ${reason}`)
      await waitFor('the old instance alone', async () => (await tenantContainers(ground, tenant.id)).join() === old && await answers())
      const back = await provisioner.api('POST', '/v1/tenants/acme/rollback?wait=30')
      t.match([back.status, back.json()], [200, { status: 'ready', release: 'good' }])
      const { failures, socketFailures, posted } = await traffic.stop()
      t.strictSame([failures, socketFailures], [{}, {}])
      const { rows } = await ground.postgres.admin('SELECT count(*)::int AS count FROM notes WHERE text = ANY($1)', [posted], tenant.id)
      t.equal(rows[0].count, posted.length, 'every note once')
    })
  }
}

t.test('the container that serves after a failed deploy is removed by hand, and made again', async t => {
  t.match(await deploy('migrate-fails'), { status: 'degraded' })
  await run('docker', ['rm', '--force', old])
  await waitFor('the event', async () => (await tenantEvents(provisioner, 'acme')).some(({ reason }) => reason === 'OldInstanceRestored'))
  t.strictSame(await tenantContainers(ground, tenant.id), [old])
  await waitFor('it to answer', answers)
  t.match(await deploy('good'), { status: 'ready' })
})

t.test('a deploy that comes during a deploy wins', async t => {
  await createRelease(provisioner, { version: 'better', env: { COLOUR: 'blue' } })
  const traffic = await startTraffic(t, { port: gateway.port, host: 'acme.berth.test', connections: 8, sockets: 8 })
  const created = new Promise<void>(resolve => { onEvents(t, ground, 'InstanceStarted', 1, resolve).then(async () => await provisioner.api('POST', '/v1/tenants/acme/deploy', { release: 'never-healthy' })).catch(() => {}) })
  await created
  t.match(await deploy('better'), { status: 'ready', release: 'better' })
  await waitFor('one container', async () => (await tenantContainers(ground, tenant.id)).length === 1)
  t.strictSame((await traffic.stop()).failures, {})
  t.notOk((await tenantEvents(provisioner, 'acme')).slice(0, 12).some(({ level }) => level === 'error'), 'the one before ended as if it had not been')
})

t.test('PostgreSQL is restarted half-way: the deploy goes on', async t => {
  await leaveOldRelease(ground, { version: 'slow', migrate: ['sh', '-c', 'sleep 1; node migrate.ts'] })
  const under = new Promise<void>(resolve => { onEvents(t, ground, 'MigrationStarted', 1, resolve).then(async () => await provisioner.api('POST', '/v1/tenants/acme/deploy', { release: 'slow' })).catch(() => {}) })
  await under
  await ground.postgres.restart()
  t.equal((await waitForStatus(provisioner, 'acme', 'ready', 60_000)).release, 'slow')
  await waitFor('one container that answers', async () => (await tenantContainers(ground, tenant.id)).length === 1 && await answers())
})
