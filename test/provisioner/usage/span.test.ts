import t from 'tap'
import { fill, hasMinutes, readSpan } from '../../../provisioner/usage/span.ts'

const NOW = Date.parse('2026-03-04T10:20:30Z')
const DAY = 86_400_000
const read = (from: string | undefined, to: string | undefined, step: 'minute' | 'hour' | 'day') => {
  const span = readSpan({ from, to }, step, DAY, NOW)
  return 'end' in span ? span.end : [span.from.toISOString(), span.to.toISOString()]
}

t.test('spans', async t => {
  const cases: Array<[what: string, from: string | undefined, to: string | undefined, step: 'minute' | 'hour' | 'day', expected: string | string[]]> = [
    ['the last day', undefined, undefined, 'minute', ['2026-03-03T10:20:00.000Z', '2026-03-04T10:21:00.000Z']],
    ['by the hour', undefined, undefined, 'hour', ['2026-03-03T10:00:00.000Z', '2026-03-04T11:00:00.000Z']],
    ['until now', '2026-03-04T08:00:00Z', undefined, 'hour', ['2026-03-04T08:00:00.000Z', '2026-03-04T11:00:00.000Z']],
    ['in another zone', '2026-03-04T08:00:00+02:00', '2026-03-04T09:00:00+02:00', 'hour', ['2026-03-04T06:00:00.000Z', '2026-03-04T07:00:00.000Z']],
    ['whole days', '2026-03-01T12:00:00Z', '2026-03-02T12:00:00Z', 'day', ['2026-03-01T00:00:00.000Z', '2026-03-03T00:00:00.000Z']],
    ['nothing', '2026-03-04T08:00:00Z', '2026-03-04T08:00:00Z', 'hour', 'from'],
    ['backwards', '2026-03-04T08:00:00Z', '2026-03-04T07:00:00Z', 'hour', 'from'],
    ['more minutes than are kept', '2026-03-02T08:00:00Z', undefined, 'minute', 'from'],
    ['an hour of minutes that are not kept', '2026-03-02T08:00:00Z', '2026-03-02T09:00:00Z', 'minute', 'from'],
    ['all minutes that are kept, by a clock that is behind', '2026-03-03T10:19:35Z', undefined, 'minute', ['2026-03-03T10:19:00.000Z', '2026-03-04T10:21:00.000Z']],
    ['more hours than are kept', '2025-03-02T08:00:00Z', undefined, 'hour', 'from'],
    ['a day that is not kept', '2025-11-01T00:00:00Z', '2025-11-02T00:00:00Z', 'hour', 'from'],
    ['a month before what is kept, by default', undefined, '2025-12-04T12:00:00Z', 'hour', 'from'],
    ['all that is kept', '2025-12-04T10:20:30Z', undefined, 'hour', ['2025-12-04T10:00:00.000Z', '2026-03-04T11:00:00.000Z']],
    ['more days than are kept', '2025-03-02T08:00:00Z', undefined, 'day', 'from'],
    ['a future without end', '2026-03-04T08:00:00Z', '2036-03-04T08:00:00Z', 'hour', 'to']
  ]
  for (const [what, from, to, step, expected] of cases) t.strictSame(read(from, to, step), expected, what)
})

t.test('whether minutes of a time are kept', async t => {
  for (const [from, kept] of [['2026-03-04T10:00:00Z', true], ['2026-03-03T10:20:30Z', true], ['2026-03-03T10:00:00Z', false], ['whenever', false]] as const) t.equal(hasMinutes(from, NOW), kept, from)
})

t.test('every step is there, known or not', async t => {
  const at = (hour: number): Date => new Date(Date.UTC(2026, 2, 4, hour))
  const known = [{ at: at(2), requests: 5 }]
  t.strictSame(fill({ from: at(1), to: at(4) }, 'hour', known), [{ at: at(1), value: null }, { at: at(2), value: known[0] }, { at: at(3), value: null }])
})
