import t from 'tap'
import { createBody, fillTemplates, instanceSpec, specHash, unknownTemplates } from '../../../provisioner/resources/container-spec.ts'
import type { ContainerSpec, InstanceSpec } from '../../../provisioner/resources/container-spec.ts'
import type { Release } from '../../../provisioner/tenants/tenant.ts'

const values = {
  database: { host: '10.209.0.1', port: '7432', name: 'tn_1', user: 'tn_1', password: 'p' },
  tenant: { id: 'tn_1', slug: 'acme', url: 'http://acme.localhost:8080' }
}
const release: Release = {
  version: '1',
  image: 'app',
  port: 3000,
  healthPath: '/',
  migrate: null,
  env: { A: 'release', B: '{{tenant.slug}}' },
  resources: { pids: 50 },
  volume: false,
  strategy: null,
  createdAt: new Date(0),
  id: 'rl_000000000001',
  state: 'usable',
  reason: 'Proven',
  message: '',
  since: new Date(0),
  pinned: null,
  template: false,
  migratesFrom: null,
  migrates: null,
  contains: [],
  coveredBy: null
}
const spec = (tenant: Partial<{ env: Record<string, string>, restarts: number }> = {}, change: Partial<Release> = {}): InstanceSpec =>
  instanceSpec({ ...release, ...change }, { env: {}, resources: { cpus: 2 }, restarts: 0, ...tenant }, values, '')

t.test('templates', async t => {
  t.equal(fillTemplates('{{database.user}}:{{ database.password }}@{{database.host}}:{{database.port}}/{{database.name}}', values), 'tn_1:p@10.209.0.1:7432/tn_1')
  t.equal(fillTemplates('{{tenant.id}} {{tenant.url}} {{tenant.nope}} {{ }} {', values), 'tn_1 http://acme.localhost:8080 {{tenant.nope}} {{ }} {')
  t.equal(fillTemplates('{{constructor.name}}', values), '{{constructor.name}}')
  t.strictSame(unknownTemplates('{{tenant.id}} {{tenant.nope}} {{foo}}'), ['tenant.nope', 'foo'])
})

t.test('the spec of an instance', async t => {
  const result = spec({ env: { A: 'tenant', PORT: '1' } })
  t.strictSame(result.env, {
    A: 'tenant', B: 'acme', PORT: '3000', TENANT_ID: 'tn_1', DATABASE_URL: 'postgres://tn_1:p@10.209.0.1:7432/tn_1'
  }, 'the tenant wins over the release, and Berth over both')
  t.strictSame(result.resources, { memoryBytes: 268435456, cpus: 2, pids: 50 })
})

t.test('the hash', async t => {
  const hash = specHash(spec())
  t.match(hash, /^[0-9a-f]{64}$/)
  t.equal(specHash(spec({ env: { X: '1', Y: '2' } })), specHash(spec({ env: { Y: '2', X: '1' } })), 'whatever the order')
  for (const other of [spec({ env: { X: '1' } }), spec({ restarts: 1 }), spec({}, { image: 'b' }), spec({}, { port: 1 }), spec({}, { healthPath: '/x' }),
    spec({}, { migrate: ['m'] }), spec({}, { volume: true }), spec({}, { version: '2' }), { ...spec(), runtime: 'runsc' }]) {
    t.not(specHash(other), hash)
  }
})

t.test('what the engine is asked to make', async t => {
  const container: ContainerSpec = {
    name: 'berth-tn_1-aaaa',
    role: 'instance',
    installation: 'berth',
    tenantId: 'tn_1',
    specHash: 'aaaa',
    instance: spec(),
    command: null,
    network: 'berth-tenants-0',
    address: '10.209.0.2',
    volume: null,
    user: '10001:10001'
  }
  const body = createBody(container)
  t.match(body, {
    name: 'berth-tn_1-aaaa',
    User: '10001:10001',
    Labels: { 'berth.installation': 'berth', 'berth.tenant': 'tn_1', 'berth.release': '1', 'berth.spec-hash': 'aaaa' },
    HostConfig: {
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Privileged: false,
      Memory: 268435456,
      MemorySwap: 268435456,
      NanoCpus: 2e9,
      PidsLimit: 50,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 5 },
      Mounts: []
    },
    NetworkingConfig: { EndpointsConfig: { 'berth-tenants-0': { IPAMConfig: { IPv4Address: '10.209.0.2' } } } }
  })
  t.notOk('Cmd' in body)
  t.notOk('Runtime' in body.HostConfig)
  t.notOk('Binds' in body.HostConfig || 'PortBindings' in body.HostConfig, 'nothing of the host, nothing published')
  const migration = createBody({ ...container, role: 'migration', command: ['node', 'migrate.ts'], volume: 'v', instance: { ...spec(), runtime: 'runsc' } })
  t.match(migration, { Cmd: ['node', 'migrate.ts'], Entrypoint: [], HostConfig: { RestartPolicy: { Name: 'no' }, Runtime: 'runsc', Mounts: [{ Source: 'v', Target: '/data' }] } })
})
