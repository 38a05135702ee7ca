import t from 'tap'
import { firstTenantNetwork } from '../../deploy/tenant-network.ts'

t.test('pool 0 is the first /22, reached at its first address', async t => {
  t.same(firstTenantNetwork('berth', '10.209.0.0/16'), {
    name: 'berth-tenants-0', bridge: 'br-5c2f-t0', subnet: '10.209.0.0/22', gateway: '10.209.0.1'
  })
  t.same(firstTenantNetwork('bt-two', '10.213.16.0/20').gateway, '10.213.16.1')
})

t.test('the bridge\'s name fits the 15 characters of an interface, and differs between installations', async t => {
  const bridges = ['berth', 'bt-two', 'a-name-of-20-letters'].map(name => firstTenantNetwork(name, '10.0.0.0/16').bridge)
  t.ok(bridges.every(bridge => bridge.length <= 15))
  t.equal(new Set(bridges).size, 3)
})
