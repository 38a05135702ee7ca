import t from 'tap'
import type { Hostname } from '../../gateway/hostname.ts'
import { RouteCache } from '../../gateway/route-cache.ts'
import type { Standing } from '../../gateway/route-cache.ts'
import type { Route } from '../../gateway/route-record.ts'

const [a, b, c] = ['a.example', 'b.example', 'c.example'] as Hostname[] as [Hostname, Hostname, Hostname]
const route = (instance: string): Route => ({
  tenantId: 'tn_0123456789ab', slug: 'demo', name: 'Demo', epoch: 1, state: 'active', instance, upstream: { address: '10.209.0.2', port: 80 }
})
const one = route('one')
const two = route('two')

function build (max = 10) {
  const changes: Array<[Route | null, Route | null]> = []
  const cache = new RouteCache({ max, refillGraceMs: 1000, onChange: (_host, before, after) => { changes.push([before, after]) } })
  return { cache, changes }
}

type Event = 'found' | 'found while deaf' | 'absent' | 'named' | 'flushed' | 'stream lost' | 'dropped'

function apply (cache: RouteCache, event: Event, now: number): void {
  switch (event) {
    case 'found': return cache.put(a, one, 'confirmed', now)
    case 'found while deaf': return cache.put(a, one, 'unconfirmed', now)
    case 'absent': return cache.putAbsent(a, now)
    case 'named': return cache.invalidate(a)
    case 'flushed': return cache.flushed(now)
    case 'stream lost': return cache.streamLost()
    case 'dropped': return cache.drop(a)
  }
}

/** What becomes of a route, from the first event on; `undefined` is gone. */
const LIVES: ReadonlyArray<[events: Event[], standing: Standing | undefined]> = [
  [['found'], 'confirmed'],
  [['found while deaf'], 'unconfirmed'],
  [['absent'], undefined],
  [['named'], undefined],
  [['dropped'], undefined],
  [['found', 'named'], 'hearsay'],
  [['found', 'named', 'absent'], undefined],
  [['found', 'named', 'found'], 'confirmed'],
  [['found', 'dropped'], undefined],
  [['found', 'stream lost'], 'unconfirmed'],
  [['found', 'stream lost', 'found'], 'confirmed'],
  [['found', 'stream lost', 'absent'], 'missing'],
  [['found', 'stream lost', 'absent', 'absent'], 'missing'],
  [['found', 'stream lost', 'absent', 'found'], 'confirmed'],
  [['found', 'stream lost', 'absent', 'named'], 'hearsay'],
  [['found', 'stream lost', 'absent', 'named', 'absent'], undefined],
  [['found', 'stream lost', 'named', 'absent'], undefined],
  [['found', 'named', 'stream lost', 'absent'], 'missing'],
  [['found', 'flushed'], 'missing'],
  [['found', 'flushed', 'absent'], 'missing'],
  [['found', 'flushed', 'flushed'], 'missing'],
  [['found', 'flushed', 'stream lost'], 'missing'],
  [['found', 'flushed', 'found'], 'confirmed'],
  [['found', 'flushed', 'named', 'absent'], undefined],
  [['found', 'flushed', 'named', 'flushed', 'absent'], 'missing'],
  [['found', 'named', 'flushed', 'absent'], 'missing'],
  [['found', 'flushed', 'dropped'], undefined]
]

t.test('what becomes of a route', async t => {
  for (const [events, standing] of LIVES) {
    const { cache } = build()
    for (const event of events) apply(cache, event, 0)
    t.equal(cache.find(a, 0)?.standing, standing, events.join(', '))
    t.equal(cache.refilling(0), standing === 'missing', `refilling after ${events.join(', ')}`)
  }
})

t.test('what is missing is kept for the grace that began when it was missed, then gone', async t => {
  const { cache, changes } = build()
  cache.put(a, one, 'confirmed', 0)
  cache.put(b, one, 'confirmed', 0)
  cache.flushed(500)
  cache.flushed(600)
  t.match(cache.find(a, 1499), { route: one, standing: 'missing' })
  t.strictSame([...cache.entries(1499)].map(([host]) => host), [b, a])
  t.equal(cache.refilling(1499), true)
  changes.length = 0
  t.equal(cache.find(a, 1500), undefined)
  t.strictSame(changes, [[one, null]])
  t.strictSame([...cache.entries(1500)], [])
  t.equal(cache.refilling(1500), false)
})

t.test('refilling ends when everything is there again', async t => {
  const { cache } = build()
  for (const host of [a, b]) cache.put(host, one, 'confirmed', 0)
  cache.flushed(0)
  cache.put(a, one, 'confirmed', 1)
  t.equal(cache.refilling(1), true)
  cache.put(b, one, 'confirmed', 1)
  t.equal(cache.refilling(1), false)
})

t.test('changes are told, repetitions are not', async t => {
  const { cache, changes } = build()
  cache.put(a, one, 'confirmed', 0)
  cache.put(a, route('one'), 'confirmed', 0)
  t.equal(cache.find(a, 0)?.route, one, 'the object stays while the record does')
  cache.put(a, two, 'confirmed', 0)
  cache.invalidate(a)
  cache.putAbsent(a, 0)
  t.strictSame(changes, [[null, one], [one, two], [two, null]])
})

t.test('it is bounded: what has not been used for longest gives way', async t => {
  const { cache, changes } = build(2)
  cache.put(a, one, 'confirmed', 0)
  cache.put(b, two, 'confirmed', 0)
  cache.find(a, 999)
  t.strictSame([...cache.entries(999)].map(([host]) => host), [a, b], 'a hit within a second moves nothing')
  cache.find(a, 1000)
  t.strictSame([...cache.entries(1000)].map(([host]) => host), [b, a])
  changes.length = 0
  cache.put(c, one, 'confirmed', 1000)
  t.strictSame([...cache.entries(1000)].map(([host]) => host), [a, c])
  t.strictSame(changes, [[null, one]], 'one that gave way has not gone, only been forgotten')
  t.equal(cache.size, 2)
})

t.test('without a listener', async t => {
  const cache = new RouteCache({ max: 1, refillGraceMs: 1 })
  cache.put(a, one, 'confirmed', 0)
  cache.put(b, one, 'confirmed', 0)
  t.equal(cache.size, 1)
})
