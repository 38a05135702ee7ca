import { Counter, Histogram, Registry } from 'prom-client'
import t from 'tap'
import { Counts, Durations } from '../../gateway/counters.ts'

t.test('counts, as Prometheus reads them', async t => {
  const registry = new Registry()
  const counts = new Counts<'2xx' | '5xx'>(registry, 'requests_total', 'Requests by class', 'status')
  t.equal(await registry.metrics(), '# HELP requests_total Requests by class\n# TYPE requests_total counter\n')
  counts.add('2xx')
  counts.add('5xx', 3)
  counts.add('2xx')
  t.equal(await registry.metrics(), [
    '# HELP requests_total Requests by class',
    '# TYPE requests_total counter',
    'requests_total{status="2xx"} 2',
    'requests_total{status="5xx"} 3',
    ''
  ].join('\n'))
})

t.test('durations, as Prometheus reads them', async t => {
  const registry = new Registry()
  const durations = new Durations(registry, 'seconds', 'How long it took')
  for (const seconds of [0, 0.001, 0.0011, 0.5, 60, 61]) durations.observe(seconds)
  t.equal(await registry.metrics(), [
    '# HELP seconds How long it took',
    '# TYPE seconds histogram',
    'seconds_bucket{le="0.001"} 2',
    ...[0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25].map(le => `seconds_bucket{le="${le}"} 3`),
    ...[0.5, 1, 2.5, 5, 10, 30].map(le => `seconds_bucket{le="${le}"} 4`),
    'seconds_bucket{le="60"} 5',
    'seconds_bucket{le="+Inf"} 6',
    'seconds_sum 121.5021',
    'seconds_count 6',
    ''
  ].join('\n'))
})

t.test('the text is the one that prom-client gives for its own', async t => {
  const [ours, theirs] = [new Registry(), new Registry()]
  const values = Array.from({ length: 100 }, (_, i) => 0.0005 * 1.15 ** i)
  const counts = new Counts(ours, 'cut_total', 'Broken off', 'by')
  const durations = new Durations(ours, 'seconds', 'How long')
  const counter = new Counter({ name: 'cut_total', help: 'Broken off', labelNames: ['by'], registers: [theirs] })
  const histogram = new Histogram({ name: 'seconds', help: 'How long', buckets: [...Durations.BOUNDS], registers: [theirs] })
  for (const [i, value] of values.entries()) {
    const by = i % 3 === 0 ? 'client' : 'tenant'
    counts.add(by, i)
    counter.inc({ by }, i)
    durations.observe(value)
    histogram.observe(value)
  }
  t.equal(await ours.metrics(), await theirs.metrics())
})
