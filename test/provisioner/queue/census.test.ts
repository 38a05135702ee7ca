import t from 'tap'
import type { Hostname } from '../../../gateway/hostname.ts'
import type { Route } from '../../../gateway/route-record.ts'
import { takeCensus } from '../../../provisioner/queue/census.ts'
import type { Register, RegisteredTenant, World } from '../../../provisioner/queue/census.ts'
import type { Container } from '../../../provisioner/resources/engine.ts'

const ID = 'tn_000000000001'
const host = 'acme.example.com' as Hostname
const container = (change: Partial<Container> = {}): Container => ({ id: '1', name: 'i1', tenantId: ID, role: 'instance', specHash: 'a', state: 'running', addresses: ['10.0.0.2'], ...change })
const active: Route = { tenantId: ID, slug: 'acme', name: 'Acme', epoch: 1, state: 'active', instance: 'i1', upstream: { address: '10.0.0.2', port: 80 } }
const suspended: Route = { tenantId: ID, slug: 'acme', name: 'Acme', epoch: 1, state: 'suspended' }
const tenant = (change: Partial<RegisteredTenant> = {}): RegisteredTenant => ({
  id: ID, wanted: 'running', settled: true, hosts: [host], instances: [{ name: 'i1', address: '10.0.0.2', port: 80, healthPath: '/' }], ...change
})
const world = (change: Partial<World> = {}): World => ({ containers: [container()], volumes: [], roles: new Set([ID]), changedRoles: new Set(), routes: new Map([[host, active]]), ...change })
const register = (tenants: RegisteredTenant[] = [tenant()]): Register => ({ tenants, proofs: ['rl_proof0000000'], templates: ['rl_template0000'], hosts: new Map(tenants.flatMap(({ id, hosts }) => hosts.map(name => [name, id]))) })

t.test('all is well', async t => {
  t.strictSame(takeCensus(world(), register()), {
    suspects: [],
    toProbe: [{ tenantId: ID, address: '10.0.0.2', port: 80, healthPath: '/' }],
    tenants: 1,
    orphanContainers: [],
    orphanVolumes: [],
    orphanRoles: [],
    orphanRoutes: []
  })
  const quiet = world({ containers: [], changedRoles: new Set([ID]), routes: new Map([[host, suspended]]) })
  t.match(takeCensus(quiet, register([tenant({ wanted: 'suspended', instances: [] })])), { suspects: [], toProbe: [] })
})

t.test('who is to be looked at', async t => {
  const table: Array<[string, World, RegisteredTenant]> = [
    ['not settled', world(), tenant({ settled: false })],
    ['being deleted', world(), tenant({ wanted: 'deleted' })],
    ['without a role', world({ roles: new Set() }), tenant()],
    ['its role was changed', world({ changedRoles: new Set([ID]) }), tenant()],
    ['without a container', world({ containers: [] }), tenant()],
    ['its container does not run', world({ containers: [container({ state: 'exited' })] }), tenant()],
    ['its container is off its network', world({ containers: [container({ addresses: [] })] }), tenant()],
    ['its container is at another address', world({ containers: [container({ addresses: ['10.0.0.3'] })] }), tenant()],
    ['a container too many', world({ containers: [container(), container({ name: 'x' })] }), tenant()],
    ['an old instance beside the new', world({ containers: [container(), container({ name: 'i0' })] }),
      tenant({ instances: [{ name: 'i0', address: '10.0.0.3', port: 80, healthPath: '/' }, ...tenant().instances] })],
    ['suspended with a container', world({ routes: new Map([[host, suspended]]) }), tenant({ wanted: 'suspended' })],
    ['suspended and routed', world({ containers: [] }), tenant({ wanted: 'suspended', instances: [] })],
    ['no route', world({ routes: new Map() }), tenant()],
    ['an unreadable route', world({ routes: new Map([[host, 'unreadable' as const]]) }), tenant()],
    ['routed to another instance', world({ routes: new Map([[host, { ...active, instance: 'i0' }]]) }), tenant()],
    ['routed to another tenant', world({ routes: new Map([[host, { ...active, tenantId: 'tn_000000000002' }]]) }), tenant()],
    ['one domain of two is routed', world(), tenant({ hosts: [host, 'b.example.com'] })]
  ]
  for (const [name, seen, registered] of table) t.strictSame(takeCensus(seen, register([registered])).suspects, [ID], name)
})

t.test('while redis is away routes are nobody\'s fault', async t => {
  t.match(takeCensus(world({ routes: null }), register()), { suspects: [], orphanRoutes: [] })
})

t.test('what belongs to no tenant', async t => {
  const stranger = 'stranger.example.com' as Hostname
  const junk = 'junk.example.com' as Hostname
  const seen = world({
    containers: [container(), container({ name: 'x', tenantId: 'tn_000000000009' })],
    volumes: [{ name: 'v', tenantId: 'tn_000000000009' }, { name: 'mine', tenantId: ID }],
    roles: new Set([ID, 'tn_000000000009']),
    routes: new Map<Hostname, Route | 'unreadable'>([[host, active], [stranger, active], [junk, 'unreadable']])
  })
  t.match(takeCensus(seen, register()), {
    suspects: [],
    orphanContainers: [{ name: 'x' }],
    orphanVolumes: ['v'],
    orphanRoles: ['tn_000000000009'],
    orphanRoutes: [{ host: stranger, tenantId: ID }, { host: junk, tenantId: '' }]
  })
})

t.test('what belongs to a release', async t => {
  const seen = world({
    containers: [container(), container({ name: 'p', tenantId: 'rl_proof0000000' }), container({ name: 'q', tenantId: 'rl_template0000' })],
    volumes: [{ name: 'v', tenantId: 'rl_proof0000000' }, { name: 'w', tenantId: 'rl_template0000' }],
    roles: new Set([ID, 'rl_proof0000000', 'rl_template0000', 'rl_gone00000000'])
  })
  t.match(takeCensus(seen, register()), { suspects: [], orphanContainers: [{ name: 'q' }], orphanVolumes: ['w'], orphanRoles: ['rl_gone00000000'] })
})
