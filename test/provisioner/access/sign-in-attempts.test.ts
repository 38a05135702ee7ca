import t from 'tap'
import { SignInAttempts } from '../../../provisioner/access/sign-in-attempts.ts'

const MINUTE = 60_000
const failing = (attempts: SignInAttempts, times: number, address: string, now = 0) => { for (let i = 0; i < times; i++) attempts.failed(address, now) }

t.test('ten failures in five minutes are enough', async t => {
  const attempts = new SignInAttempts()
  failing(attempts, 9, '192.0.2.1')
  t.equal(attempts.waitMs('192.0.2.1', 0), 0)
  attempts.failed('192.0.2.1', MINUTE)
  t.equal(attempts.waitMs('192.0.2.1', MINUTE), 4 * MINUTE)
  t.equal(attempts.waitMs('192.0.2.2', MINUTE), 0, 'others may')
  t.equal(attempts.waitMs('192.0.2.1', 5 * MINUTE), 0)
  failing(attempts, 9, '192.0.2.1', 5 * MINUTE)
  t.equal(attempts.waitMs('192.0.2.1', 5 * MINUTE), 0, 'they count from anew')
})

t.test('IPv6 counts by /64, and IPv4 in it as IPv4', async t => {
  const attempts = new SignInAttempts()
  failing(attempts, 10, '2001:db8::1')
  for (const [address, waits] of [['2001:db8::ffff', true], ['2001:db8:0:0:1::', true], ['2001:db8:0:1::1', false]] as const) t.equal(attempts.waitMs(address, 0) > 0, waits, address)
  failing(attempts, 10, '::ffff:192.0.2.1')
  t.ok(attempts.waitMs('192.0.2.1', 0) > 0)
})

t.test('addresses that failed long ago are forgotten first', async t => {
  const attempts = new SignInAttempts()
  failing(attempts, 10, '192.0.2.1')
  for (let i = 0; i < 10_000; i++) attempts.failed(`10.0.${i >> 8}.${i & 255}`, 0)
  t.equal(attempts.waitMs('192.0.2.1', 0), 0)
})
