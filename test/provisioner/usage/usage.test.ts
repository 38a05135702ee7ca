import t from 'tap'
import { bucketOf, USAGE_BUCKETS } from '../../../gateway/usage-record.ts'
import { average, percentiles } from '../../../provisioner/usage/usage.ts'

const counted = (durations: number[]): number[] => {
  const latency = Array.from({ length: USAGE_BUCKETS }, () => 0)
  for (const ms of durations) latency[bucketOf(ms)] = (latency[bucketOf(ms)] as number) + 1
  return latency
}

t.test('percentiles are at most a fifth off', async t => {
  const spread = Array.from({ length: 1000 }, (_, i) => 1 + i)
  const found = percentiles(counted(spread))
  for (const [name, exact] of [['p50Ms', 500], ['p95Ms', 950], ['p99Ms', 990]] as const) {
    const value = found?.[name] ?? 0
    t.ok(Math.abs(value - exact) <= exact / 5, `${name} is ${value}, exactly ${exact}`)
  }
})

t.test('at the edges', async t => {
  t.equal(percentiles([]), null)
  t.equal(percentiles([0, 0]), null)
  t.strictSame(percentiles([4]), { p50Ms: 0.25, p95Ms: 0.48, p99Ms: 0.5 })
  const open = percentiles(counted([1e9]))
  t.ok(open !== null && open.p99Ms > 50_000 && Number.isFinite(open.p99Ms), 'the last bucket has no end')
})

t.test('an average of nothing is not known', async t => {
  t.equal(average(0, 0), null)
  t.equal(average(600, 60), 10)
})
