// What a tenant uses and what becomes of it, from the first request to the API and to a webhook.
import t from 'tap'
import { startGateway } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { startReceiver } from '../world/receiver.ts'
import { createRelease, createTenant } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

/** Two full minutes: one until the gateway writes, and one until containers are looked at for the second time. */
const TWO_MINUTES = { timeoutMs: 150_000, intervalMs: 500 }

interface Point { requests: number, errors: number, bytesOut: number, latency: object | null, cpuSeconds: number | null, memoryBytes: number | null, databaseBytes: number | null }

t.test('numbers', async t => {
  const ground = await layGround(t, 'numbers', 14)
  const receiver = await startReceiver(t, 'bt-hooks-numbers')
  const provisioner = await startProvisioner(t, ground, { BERTH_WEBHOOK_ALLOW: receiver.network })
  const gateway = await startGateway(t, { redis: ground.redis })
  t.equal((await provisioner.api('POST', '/v1/webhooks', { url: receiver.url, events: ['*'] })).status, 201)
  await createRelease(provisioner)
  await createTenant(provisioner, 'acme')

  await t.test('webhooks are told', async () => {
    const told = (): string[] => receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type)
    await waitFor('the tenant to be ready', () => receiver.received.some(({ body }) => body.includes('tenant.StatusChanged') && body.includes('"status": "ready"')))
    for (const type of ['release.Verifying', 'release.Usable', 'tenant.CreationRequested']) await waitFor(type, () => told().includes(type))
  })

  await t.test('requests are counted, and containers and databases looked at', async t => {
    for (let i = 0; i < 20; i++) t.equal((await request({ port: gateway.port, host: 'acme.berth.test', path: '/healthz' })).status, 200)
    const sum = await waitFor('all of it to be known', async () => {
      const { points } = (await provisioner.api('GET', '/v1/tenants/acme/usage')).json<{ points: Point[] }>()
      const known = points.filter(({ cpuSeconds, memoryBytes, databaseBytes }) => cpuSeconds !== null && memoryBytes !== null && databaseBytes !== null)
      const requests = points.reduce((sum, point) => sum + point.requests, 0)
      return requests === 20 && known.length > 0 && { points, known }
    }, TWO_MINUTES)
    t.ok(sum.points.some(({ latency, bytesOut }) => latency !== null && bytesOut > 0))
    t.ok(sum.known.every(({ memoryBytes, databaseBytes }) => Number(memoryBytes) > 1e6 && Number(databaseBytes) > 1e6))
    t.match((await provisioner.api('GET', '/v1/usage')).json(), { items: [{ slug: 'acme', requests: 20 }] })
    t.match((await provisioner.api('GET', '/v1/overview')).json(), { tenants: { total: 1, byStatus: { ready: 1 } }, attention: [], databaseServers: [{ name: 'default', databases: Number }] })
    t.match((await request({ port: provisioner.port, path: '/metrics' })).text, /berth_usage_records_total\{result="taken"\} [1-9]/)
  })
})
