import t from 'tap'
import { TokenBucket } from '../../gateway/token-bucket.ts'

t.test('what comes when', async t => {
  // At each time: how many are taken in one go, and what the next one is told.
  const table: Array<[name: string, rate: number, burst: number, steps: Array<[now: number, taken: number, waitMs: number]>]> = [
    ['full at first', 10, 3, [[0, 3, 100]]],
    ['fills at its rate', 10, 3, [[0, 3, 100], [100, 1, 100], [150, 0, 50], [200, 1, 100]]],
    ['never beyond its burst', 10, 3, [[0, 3, 100], [1e9, 3, 100]]],
    ['more than one a millisecond', 5000, 10, [[0, 10, 1], [1, 5, 1], [1.2, 1, 1]]],
    ['less than one a second', 0.01, 1, [[0, 1, 100_000], [99_999, 0, 1], [100_000, 1, 100_000]]],
    ['a third', 3, 1, [[0, 1, 334], [333, 0, 1], [334, 1, 334]]],
    ['a clock that stands still or goes back', 10, 1, [[1000, 1, 100], [1000, 0, 100], [0, 0, 100], [1100, 1, 100]]]
  ]
  for (const [name, rate, burst, steps] of table) {
    const bucket = new TokenBucket(rate, burst, steps[0]?.[0] as number)
    for (const [now, taken, waitMs] of steps) {
      for (let i = 0; i < taken; i++) t.equal(bucket.take(now), 0, `${name}: ${now} ms, ${i + 1}`)
      t.equal(bucket.take(now), waitMs, `${name}: ${now} ms, one too many`)
    }
  }
})

t.test('who waits as told gets one, at whatever rate', async t => {
  for (const rate of [0.01, 0.1, 0.3, 1, 3, 7, 33.3, 60, 99, 123.456, 999, 1000, 1001, 77_777, 1_000_000]) {
    const bucket = new TokenBucket(rate, 1, 0.1)
    let now = 0.1
    let taken = 0
    while (taken < 1000) {
      const waitMs = bucket.take(now)
      if (waitMs === 0) taken++
      else {
        now += waitMs
        if (bucket.take(now) !== 0) break
        taken++
      }
    }
    t.equal(taken, 1000, `${rate} a second`)
    t.ok(taken <= 1 + (now - 0.1) * rate / 1000 + 1e-6, `${rate} a second, and no more than that`)
  }
})

t.test('other limits: as full as it was', async t => {
  for (const [name, taken, [rate, burst], level] of [
    ['full stays full when it grows', 0, [10, 100], 100],
    ['and when it shrinks', 0, [10, 2], 2],
    ['empty stays empty', 10, [1000, 1000], 0],
    ['half stays half', 5, [10, 4], 2],
    ['the same changes nothing', 3, [10, 10], 7]
  ] as const) {
    const bucket = new TokenBucket(10, 10, 0)
    for (let i = 0; i < taken; i++) bucket.take(0)
    bucket.change(rate, burst, 0)
    t.equal(bucket.level(0), level, name)
    t.equal(bucket.level(1000), Math.min(burst, level + rate), `${name}, and fills at the new rate`)
  }
  const bucket = new TokenBucket(1, 10, 0)
  for (let i = 0; i < 10; i++) bucket.take(0)
  bucket.change(1000, 10, 5000)
  t.equal(bucket.level(5000), 5, 'what came before came at the old rate')
})
