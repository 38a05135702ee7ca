import t from 'tap'
import { plainAddress, trustedProxies } from '../../gateway/trusted-proxies.ts'

t.test('nobody is trusted by default', async t => {
  t.equal(trustedProxies([])('127.0.0.1'), false)
})

t.test('networks and addresses of both families', async t => {
  const isTrusted = trustedProxies(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1'])
  const peers: Array<[string, boolean]> = [
    ['10.1.2.3', true], ['::ffff:10.1.2.3', true], ['11.1.2.3', false], ['192.0.2.1', true], ['192.0.2.2', false],
    ['2001:db8::5', true], ['2001:db9::5', false], ['::1', true], ['::2', false], ['', false], ['nonsense', false]
  ]
  for (const [peer, trusted] of peers) t.equal(isTrusted(peer), trusted, peer)
})

t.test('plainAddress', async t => {
  t.equal(plainAddress('::ffff:192.0.2.1'), '192.0.2.1')
  t.equal(plainAddress('::ffff:c000:201'), '::ffff:c000:201')
  t.equal(plainAddress('2001:db8::1'), '2001:db8::1')
})
