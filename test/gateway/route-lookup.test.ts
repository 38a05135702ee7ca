import { pino } from 'pino'
import t from 'tap'
import type { Hostname } from '../../gateway/hostname.ts'
import { RouteCache } from '../../gateway/route-cache.ts'
import { RouteLookup } from '../../gateway/route-lookup.ts'
import type { Route } from '../../gateway/route-record.ts'
import { UnreadableRoute } from '../../gateway/route-store.ts'
import { UnknownHosts } from '../../gateway/unknown-hosts.ts'

const host = 'a.example' as Hostname
const route = (instance: string): Route => ({
  tenantId: 'tn_0123456789ab', slug: 'demo', name: 'Demo', epoch: 1, state: 'active', instance, upstream: { address: '10.209.0.2', port: 80 }
})
const one = route('one')
const two = route('two')

type Read = PromiseWithResolvers<Route | null> & { host: Hostname }

/** A look-up whose source answers when the test says so. */
function build () {
  const reads: Read[] = []
  const source = {
    armed: true,
    read: (host: Hostname) => {
      const read = { ...Promise.withResolvers<Route | null>(), host }
      reads.push(read)
      return read.promise
    }
  }
  const clock = { now: 0 }
  const cache = new RouteCache({ max: 1000, refillGraceMs: 60_000 })
  const unknown = new UnknownHosts(10, 1000)
  const lookup = new RouteLookup({ cache, unknown, source, log: pino({ level: 'silent' }), now: () => clock.now })
  const answer = async (found: Route | null | Error) => {
    const read = reads.pop() as Read
    if (found instanceof Error) read.reject(found)
    else read.resolve(found)
    await settled()
  }
  return { lookup, cache, unknown, source, reads, clock, answer }
}

/** Lets everything that is ready to run, run. */
const settled = () => new Promise(resolve => setImmediate(resolve))
const away = new Error('Connection is closed.')
const cannotKnow = { name: 'GatewayError', code: 'routes_unavailable' }

t.test('a miss is read once for all who ask, then known', async t => {
  const { lookup, reads, answer } = build()
  const asked = [lookup.lookup(host), lookup.lookup(host), lookup.lookup(host)]
  t.equal(reads.length, 1)
  await answer(one)
  t.strictSame(await Promise.all(asked), [one, one, one])
  t.equal(lookup.lookup(host), one, 'at once')
  t.equal(reads.length, 0)
  t.strictSame(lookup.answered, { known: 1, read: 3, stale: 0, unknown: 0 })
})

t.test('an unknown host is remembered for its time', async t => {
  const { lookup, reads, clock, answer } = build()
  const asked = lookup.lookup(host)
  await answer(null)
  t.equal(await asked, null)
  t.equal(lookup.lookup(host), null)
  t.strictSame(lookup.answered, { known: 0, read: 0, stale: 0, unknown: 2 })
  clock.now = 1000
  lookup.lookup(host)
  t.equal(reads.length, 1)
})

t.test('a host that is named is no longer unknown', async t => {
  const { lookup, reads, answer } = build()
  lookup.lookup(host)
  await answer(null)
  lookup.invalidated(host)
  t.equal(reads.length, 0, 'nobody wants it yet')
  const asked = lookup.lookup(host)
  await answer(one)
  t.equal(await asked, one)
})

t.test('a known host that is named is read at once', async t => {
  const { lookup, reads, answer } = build()
  lookup.lookup(host)
  await answer(one)
  lookup.invalidated(host)
  t.equal(reads.length, 1)
  const asked = lookup.lookup(host)
  t.equal(reads.length, 1, 'and those who ask meanwhile wait for that')
  await answer(two)
  t.equal(await asked, two)
})

t.test('named and absent is gone', async t => {
  const { lookup, answer } = build()
  lookup.lookup(host)
  await answer(one)
  lookup.invalidated(host)
  await answer(null)
  t.equal(await lookup.lookup(host), null)
})

t.test('a read that an invalidation overtakes is not stored, and its absence not believed', async t => {
  const { lookup, reads, answer } = build()
  const asked = lookup.lookup(host)
  lookup.invalidated(host)
  await answer(null)
  t.equal(reads.length, 1, 'read again')
  await answer(one)
  t.equal(await asked, one)
  t.equal(lookup.lookup(host), one)
})

t.test('a route found by a read that was overtaken answers who asked before, and nobody after', async t => {
  const { lookup, reads } = build()
  const before = lookup.lookup(host)
  lookup.invalidated(host)
  const after = lookup.lookup(host)
  t.equal(reads.length, 2)
  reads[0]?.resolve(one)
  reads[1]?.resolve(two)
  t.equal(await before, one)
  t.equal(await after, two)
  t.equal(lookup.lookup(host), two)
})

t.test('a host that changes without end gets the last answer there is', async t => {
  const { lookup, answer } = build()
  const asked = lookup.lookup(host)
  for (let i = 0; i < 3; i++) {
    lookup.invalidated(host)
    await answer(null)
  }
  t.equal(await asked, null)
})

t.test('Redis away: the known are served, of the unknown nothing can be said', async t => {
  const { lookup, source, answer } = build()
  lookup.lookup(host)
  await answer(one)
  source.armed = false
  lookup.streamLost()
  const known = lookup.lookup(host)
  await answer(away)
  t.equal(await known, one)
  const unknown = lookup.lookup('b.example' as Hostname)
  const refused = t.rejects(unknown as Promise<unknown>, { ...cannotKnow, cause: away })
  await answer(away)
  await refused
  t.strictSame(lookup.answered, { known: 0, read: 1, stale: 1, unknown: 0 }, 'of what it cannot know it says nothing')
})

t.test('Redis lost in the middle of a read', async t => {
  const { lookup, source, answer } = build()
  lookup.lookup(host)
  await answer(one)
  lookup.invalidated(host)
  source.armed = false
  lookup.streamLost()
  await answer(away)
  const asked = lookup.lookup(host)
  await answer(away)
  t.equal(await asked, one)
})

t.test('while nothing is heard, what is read is used but not trusted', async t => {
  const { lookup, source, reads, answer } = build()
  source.armed = false
  lookup.lookup(host)
  await answer(one)
  source.armed = true
  lookup.lookup(host)
  t.equal(reads.length, 1)
  await answer(one)
  t.equal(lookup.lookup(host), one)
  const absent = lookup.lookup('b.example' as Hostname)
  source.armed = false
  await answer(null)
  t.equal(await absent, null)
})

t.test('absent after the stream was lost: kept, asked for again once a second, then given up', async t => {
  const { lookup, reads, clock, answer } = build()
  lookup.lookup(host)
  await answer(one)
  lookup.streamLost()
  const asked = lookup.lookup(host)
  await answer(null)
  t.equal(await asked, one)
  t.equal(lookup.lookup(host), one)
  t.equal(reads.length, 0)
  clock.now = 1000
  t.equal(lookup.lookup(host), one)
  t.equal(reads.length, 1)
  await answer(null)
  clock.now = 60_000
  const gone = lookup.lookup(host)
  await answer(null)
  t.equal(await gone, null)
})

t.test('FLUSHALL: the known are served at once, absence proves nothing until they are back', async t => {
  const { lookup, reads, clock, answer } = build()
  lookup.lookup(host)
  await answer(one)
  clock.now = 1000
  lookup.flushed()
  t.equal(lookup.lookup(host), one)
  await answer(null)
  t.equal(lookup.lookup(host), one)
  const unknown = t.rejects(lookup.lookup('b.example' as Hostname) as Promise<unknown>, cannotKnow)
  await answer(null)
  await unknown
  lookup.invalidated(host)
  t.equal(reads.length, 1, 'the provisioner has refilled it')
  await answer(two)
  t.equal(lookup.lookup(host), two)
  const nobody = lookup.lookup('b.example' as Hostname)
  await answer(null)
  t.equal(await nobody, null)
})

t.test('FLUSHALL in the middle of a read', async t => {
  const { lookup, answer } = build()
  lookup.lookup(host)
  await answer(one)
  lookup.invalidated(host)
  const asked = lookup.lookup(host)
  lookup.flushed()
  await answer(null)
  t.equal(await asked, one)
})

t.test('a record that is no route: nothing can be said, and what was known is not used', async t => {
  const { lookup, answer } = build()
  lookup.lookup(host)
  await answer(one)
  lookup.invalidated(host)
  const refused = t.rejects(lookup.lookup(host) as Promise<unknown>, cannotKnow)
  await answer(new UnreadableRoute('no route'))
  await refused
  const again = t.rejects(lookup.lookup(host) as Promise<unknown>, cannotKnow)
  await answer(new UnreadableRoute('no route'))
  await again
})

t.test('an unreadable record overtaken by a change does not cost the route', async t => {
  const { lookup, reads, answer } = build()
  lookup.lookup(host)
  await answer(one)
  lookup.invalidated(host)
  lookup.invalidated(host)
  reads[0]?.reject(new UnreadableRoute('no route'))
  reads[1]?.resolve(two)
  await settled()
  t.equal(lookup.lookup(host), two)
})

t.test('reread asks for all that is not confirmed, in batches, while changes are heard', async t => {
  const { lookup, cache, source, reads } = build()
  for (let i = 0; i < 150; i++) cache.put(`h${i}.example` as Hostname, one, 'unconfirmed', 0)
  cache.put(host, one, 'confirmed', 0)
  const done = lookup.reread()
  t.equal(reads.length, 100)
  for (const read of reads.splice(0)) read.resolve(one)
  await settled()
  t.equal(reads.length, 50)
  for (const read of reads.splice(0)) read.reject(away)
  await done
  t.equal([...cache.entries(0)].filter(([, known]) => known.standing === 'confirmed').length, 101)

  source.armed = false
  await lookup.reread()
  t.equal(reads.length, 0)
})

t.test('the clock is the real one unless told otherwise', async t => {
  const lookup = new RouteLookup({
    cache: new RouteCache({ max: 1, refillGraceMs: 1 }),
    unknown: new UnknownHosts(1, 60_000),
    source: { armed: true, read: async () => null },
    log: pino({ level: 'silent' })
  })
  t.equal(await lookup.lookup(host), null)
  t.equal(lookup.lookup(host), null)
})
