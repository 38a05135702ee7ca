import t from 'tap'
import type { Hostname } from '../../gateway/hostname.ts'
import { UnknownHosts } from '../../gateway/unknown-hosts.ts'

const [a, b, c] = ['a', 'b', 'c'] as Hostname[] as [Hostname, Hostname, Hostname]

t.test('remembers for its time', async t => {
  const unknown = new UnknownHosts(10, 1000)
  unknown.add(a, 500)
  t.equal(unknown.has(a, 1499), true)
  t.equal(unknown.has(a, 1500), false)
  t.equal(unknown.has(b, 500), false)
})

t.test('is bounded: the first to expire gives way', async t => {
  const unknown = new UnknownHosts(2, 1000)
  unknown.add(a, 0)
  unknown.add(b, 1)
  unknown.add(a, 2)
  unknown.add(c, 3)
  t.strictSame([a, b, c].map(host => unknown.has(host, 4)), [true, false, true])
  t.equal(unknown.size, 2)
})

t.test('forgets what it is told to', async t => {
  const unknown = new UnknownHosts(10, 1000)
  for (const host of [a, b, c]) unknown.add(host, 0)
  unknown.delete(a)
  t.strictSame([a, b].map(host => unknown.has(host, 0)), [false, true])
  unknown.clear()
  t.equal(unknown.size, 0)
})
