import t from 'tap'
import type { Hostname } from '../../gateway/hostname.ts'
import { hostOfRouteKey, parseRoute, routeKey, serializeRoute } from '../../gateway/route-record.ts'
import type { Route } from '../../gateway/route-record.ts'

const base = { tenantId: 'tn_0123456789ab', slug: 'demo', name: 'Démo & 例', epoch: 7 }
const active: Route = { ...base, state: 'active', instance: 'i1', upstream: { address: '10.209.0.2', port: 3000 } }

t.test('keys', async t => {
  t.equal(routeKey('a.example' as Hostname), 'berth:route:a.example')
  t.equal(hostOfRouteKey('berth:route:a.example'), 'a.example')
  t.equal(hostOfRouteKey('berth:wake:a.example'), null)
})

t.test('what is written is read', async t => {
  const limits = { connections: 2, requestsPerSecond: 0.5, websockets: 1 }
  for (const route of [active, { ...base, state: 'starting' }, { ...base, state: 'suspended' }, { ...base, state: 'holding' }, { ...base, state: 'holding', until: 1_800_000_000_000 }, { ...active, limits }, { ...base, limits, state: 'starting' }] satisfies Route[]) {
    t.strictSame(parseRoute(serializeRoute(route)), route)
  }
})

t.test('only the parts of the record are written', async t => {
  t.strictSame(JSON.parse(serializeRoute({ ...active, secret: 'x' } as Route)), { v: 1, ...active })
})

t.test('parts that are new to the reader are ignored', async t => {
  t.strictSame(parseRoute(JSON.stringify({ v: 1, ...active, colour: 'red', limits: { colour: 'red' } })), active)
})

t.test('equal routes have equal text', async t => {
  t.equal(serializeRoute({ ...active, limits: { queue: 1, connections: 2 } }), serializeRoute({ ...active, limits: { connections: 2, queue: 1 } }))
  t.equal(serializeRoute({ ...active, limits: {} }), serializeRoute(active), 'no overrides leave no trace')
})

const record = { v: 1, ...active }
const BROKEN: ReadonlyArray<[what: string, text: string]> = [
  ['nothing', ''],
  ['no JSON', '{'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a string', '"a"'],
  ['no version', JSON.stringify({ ...record, v: undefined })],
  ['a later version', JSON.stringify({ ...record, v: 2 })],
  ['a version as text', JSON.stringify({ ...record, v: '1' })],
  ['no tenant', JSON.stringify({ ...record, tenantId: undefined })],
  ['a tenant that is no ID', JSON.stringify({ ...record, tenantId: 'tn_0123456789AB' })],
  ['a tenant with more behind it', JSON.stringify({ ...record, tenantId: 'tn_0123456789ab\r\nX: y' })],
  ['no slug', JSON.stringify({ ...record, slug: undefined })],
  ['a slug that is no label', JSON.stringify({ ...record, slug: 'a\r\nX: y' })],
  ['no name', JSON.stringify({ ...record, name: 1 })],
  ['no epoch', JSON.stringify({ ...record, epoch: undefined })],
  ['a broken epoch', JSON.stringify({ ...record, epoch: 1.5 })],
  ['no state', JSON.stringify({ ...record, state: undefined })],
  ['a state of a later version', JSON.stringify({ ...record, state: 'asleep' })],
  ...[null, [], 'none', { connections: 0 }, { queue: 1.5 }, { requestsPerSecond: 0 }, { bodyBytes: '1' }, { burst: null }].map(limits =>
    [`limits ${JSON.stringify(limits)}`, JSON.stringify({ ...record, limits })] as [string, string]),
  ...[null, '1800000000000', -1, 1.5].map(until => [`held until ${JSON.stringify(until)}`, JSON.stringify({ v: 1, ...base, state: 'holding', until })] as [string, string]),
  ['no instance', JSON.stringify({ ...record, instance: undefined })],
  ['an empty instance', JSON.stringify({ ...record, instance: '' })],
  ['no upstream', JSON.stringify({ ...record, upstream: undefined })],
  ['an upstream as text', JSON.stringify({ ...record, upstream: '10.0.0.1:80' })],
  ['an upstream as list', JSON.stringify({ ...record, upstream: ['10.0.0.1', 80] })],
  ...['localhost', '', '10.0.0', '10.0.0.256', '010.0.0.1', '10.0.0.1.', '::1', '10.0.0.1/path', null, 1].map(address =>
    [`address ${address}`, JSON.stringify({ ...record, upstream: { address, port: 80 } })] as [string, string]),
  ...[0, 65536, -1, 1.5, '80', null].map(port =>
    [`port ${JSON.stringify(port)}`, JSON.stringify({ ...record, upstream: { address: '10.0.0.1', port } })] as [string, string])
]

t.test('whatever else is found makes no route', async t => {
  for (const [what, text] of BROKEN) t.equal(parseRoute(text), null, what)
})
