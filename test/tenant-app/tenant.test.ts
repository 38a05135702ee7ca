import t from 'tap'
import { displayName, readTenant } from '../../tenant-app/tenant.ts'

t.test('who the gateway says it is', async t => {
  const cases: Array<[Record<string, string | string[]>, string | null, string | null, string]> = [
    [{}, null, null, 'tn_1'],
    [{ 'x-tenant-slug': 'demo' }, 'demo', null, 'demo'],
    [{ 'x-tenant-slug': 'demo', 'x-tenant-name': 'Demo' }, 'demo', 'Demo', 'Demo'],
    [{ 'x-tenant-name': 'Caf%C3%A9%20%26%20Bar' }, null, 'Café & Bar', 'Café & Bar'],
    [{ 'x-tenant-name': '100%' }, null, '100%', '100%'],
    [{ 'x-tenant-name': '%E9' }, null, '%E9', '%E9'],
    [{ 'x-tenant-name': '' }, null, null, 'tn_1'],
    [{ 'x-tenant-slug': ['first', 'second'] }, 'first', null, 'first']
  ]
  for (const [headers, slug, name, shown] of cases) {
    const tenant = readTenant(headers, 'tn_1')
    t.same(tenant, { id: 'tn_1', slug, name }, JSON.stringify(headers))
    t.equal(displayName(tenant), shown)
  }
})
