import t from 'tap'
import { requireActive } from '../../gateway/resolve-route.ts'
import type { Route } from '../../gateway/route-record.ts'

const base = { tenantId: 'tn_0123456789ab', slug: 'demo', name: 'Demo', epoch: 1 }

t.test('only an active route leads on', async t => {
  const active: Route = { ...base, state: 'active', instance: 'i1', upstream: { address: '10.209.0.2', port: 80 } }
  t.equal(requireActive(active), active)
  t.throws(() => requireActive({ ...base, state: 'suspended' }), { code: 'tenant_suspended' })
  t.throws(() => requireActive({ ...base, state: 'starting' }), { code: 'tenant_starting' })
  t.throws(() => requireActive(null), { code: 'unknown_host' })
})
