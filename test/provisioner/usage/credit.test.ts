import t from 'tap'
import { credit } from '../../../provisioner/usage/credit.ts'
import type { Reading, Sample } from '../../../provisioner/usage/credit.ts'

const NOW = 1000
const sample = (change: Partial<Sample> = {}): Sample => ({ container: 'c', tenantId: 'tn_a', cpuUs: 5000, memoryBytes: 100, complete: true, ...change })
const none = new Map<string, number>()
const seen = (cpuUs: number, minute: number): Map<string, Reading> => new Map([['c', { cpuUs, minute }]])
/** [minute, CPU, memory, seconds] of each row. */
const rows = (...args: Parameters<typeof credit>) => credit(...args).map(({ minute, cpuUs, memoryByteSeconds, memorySeconds }) => [minute, cpuUs, memoryByteSeconds, memorySeconds])

t.test('CPU time since the last look', async t => {
  const cases: Array<[what: string, lastMinute: number | null, sample: Sample, before: Map<string, Reading>, rows: number[][]]> = [
    ['a minute ago', 999, sample(), seen(2000, 999), [[999, 3000, 6000, 60]]],
    ['three minutes ago: a third each', 997, sample(), seen(2000, 997), [[999, 1000, 6000, 60], [998, 1000, 6000, 60], [997, 1000, 6000, 60]]],
    ['too long ago to say when', 900, sample(), seen(2000, 900), [[999, 0, 6000, 60]]],
    ['its clock began again', 999, sample({ cpuUs: 10 }), seen(2000, 999), [[999, 10, 6000, 60]]],
    ['it began since', 999, sample(), new Map(), [[999, 5000, 6000, 60]]],
    ['it may have begun long ago: the first look at all', null, sample(), new Map(), [[999, 0, 6000, 60]]],
    ['it may have begun long ago: the last look is too long ago', 900, sample(), new Map(), [[999, 0, 6000, 60]]],
    ['it may have begun long ago: not all are looked at each time', 999, sample({ complete: false }), new Map(), [[999, 0, 6000, 60]]],
    ['the clock was set back', 1005, sample(), seen(2000, 1005), [[999, 0, 6000, 60]]]
  ]
  for (const [what, lastMinute, given, before, expected] of cases) t.strictSame(rows(NOW, lastMinute, [given], before, none), expected, what)
})

t.test('two instances of a tenant: CPU and memory add up, the time does not', async t => {
  const before = new Map([['c', { cpuUs: 4000, minute: 999 }], ['d', { cpuUs: 100, minute: 999 }]])
  t.strictSame(rows(NOW, 999, [sample(), sample({ container: 'd', cpuUs: 300, memoryBytes: 50 })], before, none), [[999, 1200, 9000, 60]])
})

t.test('databases', async t => {
  const sizes = new Map([['tn_a', 7], ['tn_b', 8]])
  const of = (lastMinute: number | null) => credit(NOW, lastMinute, [sample()], seen(0, 999), sizes).map(({ tenantId, minute, databaseByteSeconds, databaseSeconds }) => [tenantId, minute, databaseByteSeconds, databaseSeconds])
  t.strictSame(of(999), [['tn_a', 999, 420, 60], ['tn_b', 999, 480, 60]])
  t.strictSame(of(998), [['tn_a', 999, 420, 60], ['tn_a', 998, 420, 60], ['tn_b', 999, 480, 60], ['tn_b', 998, 480, 60]])
  t.equal(of(10).length, 2, 'nobody says what was while nobody looked')
  t.equal(of(null).length, 2)
})
