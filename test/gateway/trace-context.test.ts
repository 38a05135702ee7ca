import t from 'tap'
import { beginTrace, isTraceparent } from '../../gateway/trace-context.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'

// W3C Trace Context §3.2.
const VALUES: ReadonlyArray<[value: string, valid: boolean]> = [
  [`00-${TRACE}-${PARENT}-01`, true],
  [`00-${TRACE}-${PARENT}-00`, true],
  [`00-${TRACE}-${PARENT}-ff`, true],
  [`00-${TRACE}-${PARENT}-01-more`, false],
  [`00-${TRACE}-${PARENT}-01-`, false],
  [`01-${TRACE}-${PARENT}-01`, true],
  [`01-${TRACE}-${PARENT}-01-more`, true],
  [`fe-${TRACE}-${PARENT}-01-`, true],
  [`01-${TRACE}-${PARENT}-01more`, false],
  [`ff-${TRACE}-${PARENT}-01`, false],
  [`0-${TRACE}-${PARENT}-01`, false],
  [`00-${'0'.repeat(32)}-${PARENT}-01`, false],
  [`00-${TRACE}-${'0'.repeat(16)}-01`, false],
  [`00-${TRACE.toUpperCase()}-${PARENT}-01`, false],
  [`00-${TRACE}-${PARENT.toUpperCase()}-01`, false],
  [`0A-${TRACE}-${PARENT}-01`, false],
  [`00-${TRACE.slice(1)}-${PARENT}-01`, false],
  [`00-${TRACE}0-${PARENT}-01`, false],
  [`00-${TRACE}-${PARENT}0-01`, false],
  [`00-${TRACE}-${PARENT}-1`, false],
  [`00-${TRACE}-${PARENT}-0g`, false],
  [`00-${TRACE}-${PARENT}`, false],
  [`00_${TRACE}_${PARENT}_01`, false],
  [` 00-${TRACE}-${PARENT}-01`, false],
  [`00-${TRACE}-${PARENT}-01 `, false],
  [`00-${TRACE}-${PARENT}-01\n`, false],
  [`00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`, false],
  ['', false]
]

t.test('what is a traceparent', async t => {
  for (const [value, valid] of VALUES) t.equal(isTraceparent(value), valid, JSON.stringify(value))
})

t.test('traces that begin here are valid, sampled, and each another', async t => {
  const traces = Array.from({ length: 1000 }, beginTrace)
  for (const trace of traces) {
    if (!isTraceparent(trace) || !/^00-.*-01$/.test(trace)) t.fail(trace)
  }
  t.equal(new Set(traces.map(trace => trace.split('-')[1])).size, traces.length)
  t.equal(new Set(traces.map(trace => trace.split('-')[2])).size, traces.length)
})
