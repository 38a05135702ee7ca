import t from 'tap'
import { parsePoolSubnet, POOL_SIZE } from '../../../provisioner/resources/address-pool.ts'

t.test('subnets that are refused', async t => {
  for (const text of ['', '10.0.0.0', '10.0.0.0/8', '10.0.0.0/23', '10.209.0.1/16', '10.256.0.0/16', '10.0.0/16', 'a.b.c.d/16', '10.0.0.0/16 ', '::/16']) {
    t.equal(parsePoolSubnet(text), null, JSON.stringify(text))
  }
})

t.test('a /16 is 64 pools', async t => {
  const subnet = parsePoolSubnet('10.209.0.0/16')
  t.equal(subnet?.pools, 64)
  t.equal(subnet?.subnetOf(0), '10.209.0.0/22')
  t.equal(subnet?.gatewayOf(0), '10.209.0.1')
  t.equal(subnet?.subnetOf(63), '10.209.252.0/22')
  t.equal(subnet?.gatewayOf(1), '10.209.4.1')
})

t.test('addresses fill one pool after the other', async t => {
  const subnet = parsePoolSubnet('10.213.0.0/20')
  t.equal(subnet?.addressAt(0), '10.213.0.2')
  t.equal(subnet?.addressAt(253), '10.213.0.255')
  t.equal(subnet?.addressAt(254), '10.213.1.0')
  t.equal(subnet?.addressAt(POOL_SIZE - 1), '10.213.3.233')
  t.equal(subnet?.addressAt(POOL_SIZE), '10.213.4.2')
  t.equal(subnet?.addressAt(4 * POOL_SIZE), null)
  for (const index of [0, 253, POOL_SIZE - 1, POOL_SIZE, 4 * POOL_SIZE - 1]) {
    t.equal(subnet?.poolOf(subnet.addressAt(index) as string), Math.floor(index / POOL_SIZE))
  }
})
