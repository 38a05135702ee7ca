import t from 'tap'
import { run } from '../../deploy/command.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { routesOf, withRedis } from '../world/routes.ts'
import { createRelease, createTenant, getTenant, tenantContainers, tenantDatabases, tenantEvents, waitForStatus } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'
import { serializeRoute } from '../../gateway/route-record.ts'

const ground = await layGround(t, 'repair', 2)
const provisioner = await startProvisioner(t, ground, { BERTH_RESYNC_SECONDS: '2' })
await createRelease(provisioner)
const tenant = await createTenant(provisioner, 'acme')
const [container] = await tenantContainers(ground, tenant.id) as [string]

const isRunning = async (name: string): Promise<boolean> =>
  (await run('docker', ['inspect', '--format', '{{.State.Running}}', name]).catch(() => 'false')).trim() === 'true'

t.test('a container that is removed by hand comes back', async () => {
  const before = await run('docker', ['inspect', '--format', '{{.Id}}', container])
  await run('docker', ['rm', '--force', container])
  await waitFor('another container of that name', async () => await isRunning(container) && (await run('docker', ['inspect', '--format', '{{.Id}}', container])) !== before)
  await waitForStatus(provisioner, 'acme', 'ready')
})

t.test('a container that is killed by hand comes back', async () => {
  const started = await run('docker', ['inspect', '--format', '{{.State.StartedAt}}', container])
  await run('docker', ['kill', container])
  await waitFor('the container to run again', async () => await isRunning(container) && (await run('docker', ['inspect', '--format', '{{.State.StartedAt}}', container])) !== started)
  await waitForStatus(provisioner, 'acme', 'ready')
})

t.test('a container that is paused by hand runs again', async () => {
  await run('docker', ['pause', container])
  await waitFor('a container that runs', async () => (await run('docker', ['inspect', '--format', '{{.State.Status}}', container]).catch(() => '')).trim() === 'running')
  await waitForStatus(provisioner, 'acme', 'ready')
})

t.test('a tenant that locked itself out of its database gets in again', async t => {
  const program = `
    import pg from 'pg'
    const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
    await client.connect()
    await client.query("ALTER ROLE CURRENT_USER PASSWORD 'mine'")
    await client.query('ALTER DATABASE ${tenant.id} CONNECTION LIMIT 0')
    await client.end()`
  await waitFor('the program to run', async () => { await run('docker', ['exec', container, 'node', '--input-type=module', '--eval', program]); return true })
  await waitFor('it to be told', async () => (await tenantEvents(provisioner, 'acme')).some(({ reason }) => reason === 'DatabaseRestored'))
  // Ended sooner after its start, it would count as a crash.
  await waitFor('it to have survived its start', async () => Date.now() - Date.parse((await run('docker', ['inspect', '--format', '{{.State.StartedAt}}', container])).trim()) > 11_000)
  await run('docker', ['restart', '--time', '1', container])
  await waitForStatus(provisioner, 'acme', 'ready')
  t.strictSame(await tenantContainers(ground, tenant.id), [container])
})

t.test('a container that is taken off its network is put back, and goes on', async t => {
  const inspect = async (format: string): Promise<string> => (await run('docker', ['inspect', '--format', format, container])).trim()
  const before = await inspect('{{.State.StartedAt}}')
  const networks = '{{range $name, $it := .NetworkSettings.Networks}}{{$name}} {{$it.IPAddress}}{{end}}'
  const attached = await inspect(networks)
  const network = attached.split(' ')[0] as string
  await run('docker', ['network', 'disconnect', network, container])
  await waitFor('the container to be back', async () => await inspect(networks) === attached)
  await waitForStatus(provisioner, 'acme', 'ready')
  t.equal(await inspect('{{.State.StartedAt}}'), before)
  t.ok((await tenantEvents(provisioner, 'acme')).some(({ reason }) => reason === 'InstanceAttached'))
})

t.test('a flushed Redis is filled again', async t => {
  const before = await routesOf(ground)
  t.strictSame(before, { 'acme.berth.test': tenant.id })
  await ground.redis.flushall()
  await waitFor('the routes', async () => Object.keys(await routesOf(ground)).length === 1)
  t.strictSame(await routesOf(ground), before)
})

t.test('a route that was tampered with is set right', async () => {
  await withRedis(ground, async redis => await redis.set('berth:route:acme.berth.test', '{"v":1}'))
  await waitFor('the route', async () => (await routesOf(ground))['acme.berth.test'] === tenant.id)
})

t.test('what is ours and belongs to no tenant is removed', async t => {
  const stranger = 'tn_zzzzzzzzzzzz'
  const labels = [`berth.installation=${ground.installation}`, `berth.tenant=${stranger}`].flatMap(label => ['--label', label])
  await run('docker', ['run', '--detach', '--name', `${ground.installation}-orphan`, '--network', 'none', ...labels, 'berth-base', 'sleep', '600'])
  await run('docker', ['volume', 'create', ...labels, `${ground.installation}-orphan`])
  await ground.postgres.admin(`CREATE ROLE ${stranger}`)
  await ground.postgres.admin(`COMMENT ON ROLE ${stranger} IS 'berth.installation=${ground.installation} berth.tenant=${stranger}'`)
  await ground.postgres.admin(`CREATE DATABASE ${stranger} OWNER ${stranger}`)
  const route = serializeRoute({ tenantId: stranger, slug: 's', name: 's', epoch: 1, state: 'starting' })
  await withRedis(ground, async redis => {
    await redis.set('berth:route:stranger.berth.test', route)
    await redis.set('berth:route:junk.berth.test', 'junk')
  })
  await waitFor('the orphans to go', async () => {
    const { databases, roles } = await tenantDatabases(ground)
    const volumes = await run('docker', ['volume', 'ls', '--quiet', '--filter', `name=${ground.installation}-orphan`])
    return (await tenantContainers(ground)).length === 1 && databases.length === 1 && roles.length === 1 && volumes === '' && Object.keys(await routesOf(ground)).length === 1
  })
  t.equal((await getTenant(provisioner, 'acme')).status, 'ready')
})

t.test('what is not ours is left alone', async t => {
  const other = `${ground.installation}-foreign`
  t.teardown(async () => { await run('docker', ['rm', '--force', other]) })
  await run('docker', ['run', '--detach', '--name', other, '--network', 'none', '--label', 'berth.tenant=tn_zzzzzzzzzzzz', 'berth-base', 'sleep', '600'])
  await ground.postgres.admin('CREATE ROLE tn_yyyyyyyyyyyy')
  await ground.postgres.admin("COMMENT ON ROLE tn_yyyyyyyyyyyy IS 'berth.installation=another berth.tenant=tn_yyyyyyyyyyyy'")

  // In the place of the container that is wanted.
  await run('docker', ['rm', '--force', container]).then(async () => {
    await run('docker', ['run', '--detach', '--name', container, '--network', 'none', 'berth-base', 'sleep', '600'])
  })
  const stuck = await waitFor('the conflict to be told', async () => {
    const seen = await getTenant(provisioner, 'acme')
    return seen.conditions.some(({ reason }) => reason === 'NameConflict') ? seen : null
  })
  t.equal(stuck.status, 'degraded')
  t.match(stuck.conditions.find(({ reason }) => reason === 'NameConflict')?.message, container)
  t.ok(await isRunning(container), 'the other container is not touched')
  t.ok(await isRunning(other))
  t.ok((await tenantDatabases(ground)).roles.includes('tn_yyyyyyyyyyyy'))

  await run('docker', ['rm', '--force', container])
  await waitForStatus(provisioner, 'acme', 'ready')
  t.ok((await tenantEvents(provisioner, 'acme')).some(({ reason }) => reason === 'NameConflict'))
})

t.test('a role that is not ours is left alone', async t => {
  await provisioner.api('POST', '/v1/tenants/acme/suspend?wait=30')
  await ground.postgres.admin(`COMMENT ON ROLE ${tenant.id} IS 'somebody else'`)
  const deleted = await provisioner.api('DELETE', '/v1/tenants/acme?wait=2')
  t.equal(deleted.status, 202)
  const stuck = await getTenant(provisioner, 'acme')
  t.equal(stuck.status, 'deleting')
  t.match(stuck.conditions.find(({ type }) => type === 'DatabaseReady'), { status: 'False', reason: 'NameConflict' })
  t.ok((await tenantDatabases(ground)).databases.includes(tenant.id))

  await ground.postgres.admin(`COMMENT ON ROLE ${tenant.id} IS 'berth.installation=${ground.installation} berth.tenant=${tenant.id}'`)
  await waitFor('the deletion', async () => (await provisioner.api('GET', '/v1/tenants/acme')).status === 404, { timeoutMs: 30_000 })
})
