import t from 'tap'
import { eventBody, releaseBody, tenantBody, tenantLocation } from '../../../provisioner/api/representation.ts'
import type { Tenant } from '../../../provisioner/tenants/tenant.ts'

const createdAt = new Date('2026-01-02T03:04:05.678Z')
const tenant: Tenant = {
  id: 'tn_0123456789ab',
  slug: 'acme',
  name: 'Acme',
  createdAt,
  wanted: 'running',
  release: '1.0',
  env: { A: '1' },
  resources: { cpus: 0.5 },
  limits: { queue: 1, connections: 2 },
  strategy: null,
  migratedBefore: [],
  restarts: 3,
  databaseServer: 'default',
  generation: 4,
  observedGeneration: 3,
  conditions: [],
  migrated: '1.0',
  failure: { condition: 'Migrated', reason: 'R', message: 'm', attempts: 1, retryAt: null },
  crashes: 2,
  readyAt: createdAt,
  status: 'degraded',
  domains: [{ host: 'acme.example.com', primary: true }]
}

t.same(tenantBody(tenant, new URL('https://example.com')), {
  id: 'tn_0123456789ab',
  slug: 'acme',
  name: 'Acme',
  status: 'degraded',
  url: 'https://acme.example.com',
  domains: [{ host: 'acme.example.com', primary: true }],
  release: '1.0',
  env: { A: '1' },
  resources: { cpus: 0.5 },
  limits: { connections: 2, queue: 1 },
  generation: 4,
  observedGeneration: 3,
  conditions: [],
  createdAt: '2026-01-02T03:04:05.678Z'
}, 'nothing of how Berth keeps a tenant is shown')

for (const [publicUrl, domains, url] of [
  ['http://localhost:8080', [{ host: 'acme.localhost', primary: true }], 'http://acme.localhost:8080'],
  ['https://example.com', [{ host: 'acme.example.com', primary: false }, { host: 'shop.test', primary: true }], 'https://shop.test'],
  ['https://example.com:443', [{ host: 'acme.example.com', primary: true }], 'https://acme.example.com'],
  ['http://example.com:443', [{ host: 'acme.example.com', primary: true }], 'http://acme.example.com:443']
] as const) t.equal(tenantBody({ ...tenant, domains: [...domains] }, new URL(publicUrl)).url, url, url)

t.equal(tenantLocation('tn_0123456789ab'), '/v1/tenants/tn_0123456789ab')

const release = { version: '1', image: 'i', port: 1, healthPath: '/', migrate: null, env: {}, resources: {}, volume: false, strategy: null, createdAt, position: 9, id: 'rl_000000000001', state: 'usable' as const, reason: 'Proven', message: '', since: createdAt, pinned: null, template: false, migratesFrom: null, migrates: null, contains: [], coveredBy: null }
const at = createdAt.toISOString()
t.same(releaseBody(release), {
  version: '1',
  state: 'usable',
  conditions: [{ type: 'Usable', status: 'True', reason: 'Proven', message: '', since: at }],
  image: 'i',
  pinned: null,
  port: 1,
  healthPath: '/',
  migrate: null,
  migratesFrom: null,
  migrates: null,
  env: {},
  resources: {},
  volume: false,
  strategy: 'start-first',
  createdAt: at
})
t.same(eventBody({ id: 1, at: createdAt, level: 'info', reason: 'R', message: 'm', data: null }), { id: 1, at: createdAt.toISOString(), level: 'info', reason: 'R', message: 'm', data: null })
