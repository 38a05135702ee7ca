import t from 'tap'
import { fill, readSpan } from '../../../provisioner/usage/span.ts'

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
    ['more hours than are kept', '2025-03-02T08:00:00Z', undefined, 'hour', 'from'],
    ['more days than are kept', '2025-03-02T08:00:00Z', undefined, 'day', 'from']
  ]
  for (const [what, from, to, step, expected] of cases) t.strictSame(read(from, to, step), expected, what)
})

t.test('every step is there, known or not', async t => {
  const at = (hour: number): Date => new Date(Date.UTC(2026, 2, 4, hour))
  const known = [{ at: at(2), requests: 5 }]
  t.strictSame(fill({ from: at(1), to: at(4) }, 'hour', known), [{ at: at(1), value: null }, { at: at(2), value: known[0] }, { at: at(3), value: null }])
})
