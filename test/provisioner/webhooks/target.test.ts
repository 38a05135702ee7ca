import t from 'tap'
import { networkInterfaces } from 'node:os'
import { run } from '../../../deploy/command.ts'
import { isOwnAddress } from '../../../provisioner/webhooks/own-address.ts'
import { refusalOf, resolveTarget, TargetRefused, urlRefusal } from '../../../provisioner/webhooks/target.ts'
import { claimInstallation } from '../../world/network.ts'

const POLICY = { allowed: [], tenantSubnet: '10.209.0.0/16' }
const OPEN = { allowed: ['10.0.0.0/8', '192.168.7.0/24', 'fd00::/8', '127.0.0.0/8', '169.254.0.0/16', '::1/128', '0.0.0.0/0', '::/0'], tenantSubnet: '10.209.0.0/16' }

/** address, whether it may be connected to, and whether it may when everything is allowed */
const ADDRESSES: Array<[string, boolean, boolean]> = [
  ['93.184.216.34', true, true],
  ['2606:2800:220:1::1', true, true],
  ['127.0.0.1', false, false],
  ['127.8.9.10', false, false],
  ['::1', false, false],
  ['::ffff:127.0.0.1', false, false],
  ['::ffff:7f00:1', false, false],
  ['::127.0.0.1', false, false],
  ['0.0.0.0', false, false],
  ['::', false, false],
  ['169.254.169.254', false, false],
  ['fe80::1', false, false],
  ['64:ff9b::7f00:1', false, false],
  ['64:ff9b:1::7f00:1', false, false],
  ['::7f00:1', false, false],
  ['::a9fe:a9fe', false, false],
  ['1000::1', false, false],
  ['4000::1', false, false],
  ['8000::1', false, false],
  ['fec0::1', false, false],
  ['3fff:ffff::1', true, true],
  ['2002:7f00:1::', false, false],
  ['224.0.0.1', false, false],
  ['255.255.255.255', false, false],
  ['240.0.0.1', false, false],
  ['10.209.3.4', false, false],
  ['::ffff:10.209.3.4', false, false],
  ['10.1.2.3', false, true],
  ['::ffff:10.1.2.3', false, true],
  ['172.17.0.1', false, true],
  ['192.168.7.9', false, true],
  ['100.64.0.1', false, true],
  ['fd12::1', false, true],
  ['example.com', false, false]
]

t.test('addresses', async t => {
  for (const [address, open, allowed] of ADDRESSES) {
    t.equal(refusalOf(address, POLICY) === null, open, address)
    t.equal(refusalOf(address, OPEN) === null, allowed, `${address}, when as much is allowed as can be`)
  }
  t.equal(refusalOf('192.168.7.9', { ...POLICY, allowed: ['192.168.8.0/24'] }) === null, false, 'another network is allowed')
  t.equal(refusalOf('192.168.7.9', { ...POLICY, allowed: ['192.168.7.9'] }), null, 'it is allowed by itself')
  t.match(refusalOf('10.209.3.4', OPEN), /tenants/)
})

t.test('the tenants\' network is closed where it is public too', async t => {
  t.match(refusalOf('93.184.216.34', { allowed: [], tenantSubnet: '93.184.208.0/20' }), /tenants/)
})

t.test('URLs that need no look-up', async t => {
  for (const [url, open] of [
    ['http://localhost/', false], ['http://a.localhost/', false], ['http://localhost./', false], ['http://127.1/', false], ['http://0x7f.1/', false], ['http://2130706433/', false],
    ['http://[::1]/', false], ['http://[::ffff:127.0.0.1]/', false], ['http://017700000001/', false], ['https://example.com/', true], ['http://93.184.216.34/', true], ['http://notlocalhost/', true]
  ] as const) t.equal(await urlRefusal(new URL(url), POLICY) === null, open, url)
})

t.test('this machine is closed by all its addresses', async t => {
  const own = Object.values(networkInterfaces()).flatMap(list => list ?? []).filter(({ address }) => refusalOf(address, OPEN) === null)
  t.ok(own.length > 0, 'there are some that could be opened otherwise')
  for (const { address, family } of own) {
    t.ok(await isOwnAddress(address), address)
    t.equal(await urlRefusal(new URL(`http://${family === 'IPv6' ? `[${address}]` : address}:7070/`), OPEN), 'it is this machine')
  }
  // No carrier: the list of interfaces has it not.
  const network = 'bt-hooks-target'
  await claimInstallation(t, network)
  await run('docker', ['network', 'create', '--label', `berth.installation=${network}`, network])
  const bridge = (await run('docker', ['network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', network])).trim()
  t.notOk(Object.values(networkInterfaces()).flat().some(one => one?.address === bridge))
  t.ok(await isOwnAddress(bridge), `${bridge}, of a bridge without containers`)
  for (const address of ['93.184.216.34', '10.1.2.3', '2606:2800:220:1::1', '192.0.2.1']) t.notOk(await isOwnAddress(address), address)
})

t.test('names are looked up, and every address counts', async t => {
  await t.rejects(resolveTarget(new URL('http://localhost/'), OPEN), TargetRefused)
  await t.rejects(resolveTarget(new URL('http://nobody.invalid/'), OPEN), { code: /ENOTFOUND|EAI_AGAIN/ })
  t.strictSame(await resolveTarget(new URL('http://10.1.2.3/'), OPEN), ['10.1.2.3'])
  t.strictSame(await resolveTarget(new URL('http://[fd12::1]:81/'), OPEN), ['fd12::1'])
})
