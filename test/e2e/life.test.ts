import t from 'tap'
import { run } from '../../deploy/command.ts'
import { startGateway } from '../world/gateway.ts'
import type { GatewayProcess } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, getTenant, tenantContainers, tenantDatabases, waitForStatus } from '../world/tenants.ts'
import type { TenantView } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

const ground = await layGround(t, 'life', 0)
const provisioner = await startProvisioner(t, ground)
const gateway = await startGateway(t, { redis: ground.redis })
const { api } = provisioner
await createRelease(provisioner)

const ask = async (host: string, path = '/', method = 'GET', body?: unknown) => await request({ port: gateway.port, host, path, method, body })

async function waitForAnswer (on: GatewayProcess, host: string, status: number): Promise<void> {
  await waitFor(`${host} to answer ${status}`, async () => (await request({ port: on.port, host, path: '/api/whoami' })).status === status, { timeoutMs: 5000 })
}

t.test('two tenants, each with its own container, database and notes', async t => {
  const acme = await createTenant(provisioner, 'acme', { name: 'Acme & Söhne' })
  const umbra = await createTenant(provisioner, 'umbra')
  t.match(acme, { status: 'ready', url: 'http://acme.berth.test:8080', domains: [{ host: 'acme.berth.test', primary: true }], release: '1' } satisfies Partial<TenantView>)
  t.ok(acme.conditions.every(({ status }) => status === 'True'))

  const whoami = await ask('acme.berth.test', '/api/whoami')
  t.match(whoami.json(), { tenantId: acme.id, slug: 'acme', name: 'Acme & Söhne', database: acme.id, user: acme.id })
  t.match((await ask('ACME.berth.test.:8080', '/api/whoami')).json(), { tenantId: acme.id }, 'whatever the case, the dot and the port')
  t.match((await ask('umbra.berth.test', '/api/whoami')).json(), { tenantId: umbra.id, database: umbra.id })

  t.equal((await ask('acme.berth.test', '/api/notes', 'POST', { text: 'of acme' })).status, 201)
  t.match((await ask('acme.berth.test', '/api/notes')).text, 'of acme')
  t.notMatch((await ask('umbra.berth.test', '/api/notes')).text, 'of acme')
  t.match((await ask('acme.berth.test')).text, 'of acme', 'and on its dashboard')

  t.equal((await ask('stranger.berth.test')).status, 404)
  t.equal((await ask('bad host')).status, 400)
  t.equal((await tenantContainers(ground)).length, 2)
  t.strictSame(await tenantDatabases(ground), { databases: [acme.id, umbra.id].sort(), roles: [acme.id, umbra.id].sort() })
})

t.test('a domain is added, made primary, and removed', async t => {
  t.equal((await api('POST', '/v1/tenants/acme/domains?wait=10', { host: 'Bücher.example' })).status, 201)
  await waitForAnswer(gateway, 'xn--bcher-kva.example', 200)
  t.match((await ask('xn--bcher-kva.example', '/api/whoami')).json(), { slug: 'acme' })

  await api('POST', '/v1/tenants/acme/domains?wait=10', { host: 'xn--bcher-kva.example', primary: true })
  t.equal((await getTenant(provisioner, 'acme')).url, 'http://xn--bcher-kva.example:8080')
  t.equal((await api('DELETE', '/v1/tenants/acme/domains/xn--bcher-kva.example?wait=10')).json<{ code: string }>().code, 'primary_domain')
  await api('POST', '/v1/tenants/acme/domains?wait=10', { host: 'acme.berth.test', primary: true })

  t.equal((await api('DELETE', '/v1/tenants/acme/domains/xn--bcher-kva.example?wait=10')).status, 204)
  await waitForAnswer(gateway, 'xn--bcher-kva.example', 404)
  t.equal((await ask('acme.berth.test', '/api/whoami')).status, 200)
})

t.test('suspend, resume', async t => {
  const suspended = await api('POST', '/v1/tenants/acme/suspend?wait=30')
  t.equal(suspended.status, 200)
  t.equal(suspended.json<TenantView>().status, 'suspended')
  t.equal((await ask('acme.berth.test')).status, 403)
  t.strictSame(await tenantContainers(ground, suspended.json<TenantView>().id), [])

  const resumed = await api('POST', '/v1/tenants/acme/resume?wait=30')
  t.equal(resumed.json<TenantView>().status, 'ready')
  await waitForAnswer(gateway, 'acme.berth.test', 200)
  t.match((await ask('acme.berth.test', '/api/notes')).text, 'of acme', 'its notes are still there')
})

t.test('restart makes a new container while the old one serves', async t => {
  const { id } = await getTenant(provisioner, 'acme')
  const before = await tenantContainers(ground, id)
  let failures = 0
  let asked = 0
  const enough = new AbortController()
  const users = (async () => {
    while (!enough.signal.aborted) {
      asked++
      if ((await ask('acme.berth.test', '/api/whoami')).status !== 200) failures++
    }
  })()
  t.equal((await api('POST', '/v1/tenants/acme/restart?wait=30')).json<TenantView>().status, 'ready')
  await waitFor('the old container to go', async () => {
    const after = await tenantContainers(ground, id)
    return after.length === 1 && after[0] !== before[0]
  })
  enough.abort()
  await users
  t.equal(failures, 0, `no request of ${asked} failed`)
})

t.test('env reaches the container', async t => {
  const { id } = await getTenant(provisioner, 'umbra')
  const patched = await api('PATCH', '/v1/tenants/umbra?wait=30', { name: 'Umbra Ltd', env: { GREETING: 'hello {{tenant.slug}}' } })
  t.match(patched.json(), { name: 'Umbra Ltd', status: 'ready' })
  await waitForAnswer(gateway, 'umbra.berth.test', 200)
  t.match((await ask('umbra.berth.test', '/api/whoami')).json(), { name: 'Umbra Ltd' })
  const container = (await waitFor('one container', async () => {
    const names = await tenantContainers(ground, id)
    return names.length === 1 ? names[0] : null
  }))
  t.match(await run('docker', ['exec', container, 'printenv', 'GREETING']), 'hello umbra')
})

t.test('logs and events', async t => {
  const logs = await api('GET', '/v1/tenants/acme/logs?tail=50')
  t.equal(logs.status, 200)
  t.match(logs.headers['content-type'], /^text\/plain/)
  t.not(logs.text, '')
  const events = (await api('GET', '/v1/tenants/acme/events?limit=200')).json<{ items: Array<{ reason: string }> }>().items.map(({ reason }) => reason)
  for (const reason of ['DatabaseCloned', 'InstanceHealthy', 'RoutePublished', 'Ready', 'RouteSuspended']) t.ok(events.includes(reason), reason)
})

t.test('delete, and the slug is free again', async t => {
  const before = await getTenant(provisioner, 'acme')
  t.equal((await api('DELETE', '/v1/tenants/acme?wait=30')).status, 204)
  t.equal((await api('GET', '/v1/tenants/acme')).status, 404)
  await waitForAnswer(gateway, 'acme.berth.test', 404)
  t.strictSame(await tenantContainers(ground, before.id), [])
  const { databases, roles } = await tenantDatabases(ground)
  t.notOk(databases.includes(before.id) || roles.includes(before.id))

  const again = await createTenant(provisioner, 'acme')
  t.not(again.id, before.id)
  await waitForStatus(provisioner, 'acme', 'ready')
  await waitForAnswer(gateway, 'acme.berth.test', 200)
  t.notMatch((await ask('acme.berth.test', '/api/notes')).text, 'of acme', 'and nothing of the old one is left')
})
