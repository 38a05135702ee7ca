import t from 'tap'
import { RateShare } from '../../gateway/rate-share.ts'
import type { Rate } from '../../gateway/rate-share.ts'

const TENANT = 'tn_000000000001'
const RATE: Rate = { requestsPerSecond: 100, burst: 40 }

/** How many of so many requests get through. */
const taken = (share: RateShare, times: number, now: number): number => Array.from({ length: times }, () => share.take(now)).filter(waitMs => waitMs === 0).length

function shared (processes: number, rate = RATE): RateShare {
  const share = new RateShare(TENANT, rate, 0)
  share.share(processes, 0)
  return share
}

t.test('by itself it has the whole rate and nothing to settle', async t => {
  const share = new RateShare(TENANT, RATE, 0)
  t.equal(taken(share, 100, 0), 40)
  t.equal(share.take(0), 10)
  t.equal(share.eager, false)
  t.equal(share.settlement(0), null)
})

t.test('a newcomer may give out its part of the burst before anybody was asked', async t => {
  for (const [processes, burst, part] of [[2, 40, 20], [3, 40, 13], [4, 2, 1], [10, 1, 1]] as const) {
    const share = shared(processes, { requestsPerSecond: 10, burst })
    t.equal(taken(share, 100, 0), part, `${burst} among ${processes}`)
    t.equal(share.eager, true, 'and asks soon')
    t.match(share.settlement(0), { tenantId: TENANT, requestsPerSecond: 10, spent: part })
  }
})

t.test('what was used is told once; what is in flight is not given out again', async t => {
  const share = shared(2)
  taken(share, 15, 0)
  t.match(share.settlement(10), { spent: 15 })
  t.equal(taken(share, 100, 10), 5, 'the rest of its part')
  share.settled({ granted: 0, level: 10 }, 12)
  t.equal(taken(share, 100, 12), 0, 'its part of ten is spent already')
  t.match(share.settlement(50), { spent: 5, most: 40 })
  share.settled({ granted: 3, level: 4 }, 52)
  t.equal(taken(share, 100, 52), 3 + 2, 'what was granted, and its part of the rest')
})

t.test('nothing to tell, nothing told', async t => {
  const share = shared(2)
  share.take(0)
  share.settlement(0)
  share.settled({ granted: 10, level: 20 }, 1)
  share.take(2)
  t.equal(share.settlement(100), null)
})

t.test('in debt nothing goes, and it is said for how long', async t => {
  const share = shared(2)
  taken(share, 20, 0)
  share.settlement(0)
  share.settled({ granted: 0, level: -19 }, 0)
  t.equal(share.take(0), 200)
  t.equal(share.take(100), 100)
  t.equal(share.eager, false, 'asking sooner brings nothing')
})

t.test('what it asks for goes by its pace; what it has no use for it gives back', async t => {
  const share = shared(2)
  taken(share, 20, 0)
  share.settlement(100)
  share.settled({ granted: 0, level: 0 }, 100)
  taken(share, 60, 150)
  t.match(share.settlement(200), { wanted: 40 }, 'no more than there can be')
  share.settled({ granted: 40, level: 0 }, 200)
  t.equal(share.settlement(300), null, 'a pause is not the end')
  t.match(share.settlement(1000), { spent: -35, wanted: 0 }, 'five are a fair part of the next interval')
  t.match(share.settlement(1001, true), { spent: -5 }, 'and of those nothing is kept at the end')
})

t.test('a small burst does not run over between two settlements', async t => {
  t.match(shared(2, { requestsPerSecond: 1000, burst: 1 }).settlement(0), { capacity: 250 })
  t.match(shared(2, { requestsPerSecond: 1000, burst: 1000 }).settlement(0), { capacity: 1000 })
})

t.test('the others come and go', async t => {
  const share = new RateShare(TENANT, RATE, 0)
  taken(share, 30, 0)
  share.share(2, 0)
  t.match(share.settlement(0), { most: 10, spent: 0 }, 'the shared bucket is no fuller than its own was')
  t.match(share.settlement(1), { most: 40 }, 'which is said once')
  share.settled({ granted: 4, level: 6 }, 1)
  share.share(1, 1)
  t.equal(taken(share, 100, 1), 7, 'in hand, and its part of the rest')
  t.equal(taken(share, 100, 1001), 40)
  share.settled({ granted: 100, level: 100 }, 1001)
  t.equal(taken(share, 100, 1001), 0, 'an answer that comes too late')
})

t.test('other limits', async t => {
  const share = shared(2)
  share.limit({ requestsPerSecond: 100, burst: 40 }, 0)
  share.limit({ requestsPerSecond: 10, burst: 8 }, 0)
  t.equal(taken(share, 100, 0), 4)
  t.match(share.settlement(0), { requestsPerSecond: 10, capacity: 8, spent: 4 })
})

t.test('it is forgotten when it would begin anew as it is', async t => {
  const slow = { requestsPerSecond: 1, burst: 40 }
  for (const [name, share, now] of [
    ['by itself', new RateShare(TENANT, RATE, 0), 5000],
    ['by itself, slow', new RateShare(TENANT, slow, 0), 40_000],
    ['together', shared(2), 5000]
  ] as const) {
    share.take(0)
    t.strictSame([share.forgettable(now - 1), share.forgettable(now)], [false, true], name)
  }
  const share = shared(2, slow)
  share.take(0)
  share.settlement(0)
  share.settled({ granted: 0, level: 10 }, 0)
  t.strictSame([share.forgettable(29_999), share.forgettable(30_000)], [false, true], 'full again')
})
