import t from 'tap'
import type { Test } from 'tap'
import { Circuit } from '../../gateway/circuit.ts'
import type { CircuitState } from '../../gateway/circuit.ts'

/** With pauses that are neither shorter nor longer than they are called. */
const steady = () => new Circuit(undefined, () => 0.5)

/** Failures at these times, each of a request let through at that time. */
function fail (circuit: Circuit, times: number[]): void {
  for (const now of times) circuit.report(circuit.admit(now), 'failed', now)
}

const OPENING = [0, 250, 500, 750, 1000]

function opened (t: Test): Circuit {
  const circuit = steady()
  fail(circuit, OPENING)
  t.equal(circuit.state, 'open')
  return circuit
}

t.test('what opens it', async t => {
  const table: Array<[name: string, reports: Array<[now: number, what: 'f' | 'a' | 'u']>, state: CircuitState]> = [
    ['nothing', [], 'closed'],
    ['one failure', [[0, 'f']], 'closed'],
    ['four, however long', [[0, 'f'], [1e5, 'f'], [2e5, 'f'], [3e5, 'f']], 'closed'],
    ['five within a second', OPENING.map(now => [now * 0.99, 'f']), 'closed'],
    ['a thousand at once', Array.from({ length: 1000 }, () => [5000, 'f']), 'closed'],
    ['five over a second', OPENING.map(now => [now, 'f']), 'open'],
    ['many at once, and one a second later', [...Array.from({ length: 100 }, () => [0, 'f'] as [number, 'f']), [1000, 'f']], 'open'],
    ['an answer in between begins anew', [[0, 'f'], [250, 'f'], [500, 'f'], [750, 'f'], [900, 'a'], [1000, 'f'], [1500, 'f'], [2000, 'f'], [2500, 'f']], 'closed'],
    ['what tells nothing changes nothing', [[0, 'f'], [250, 'f'], [500, 'u'], [600, 'f'], [750, 'f'], [1000, 'f']], 'open']
  ]
  for (const [name, reports, state] of table) {
    const circuit = steady()
    for (const [now, what] of reports) circuit.report(circuit.admit(now), what === 'f' ? 'failed' : what === 'a' ? 'answered' : 'untold', now)
    t.equal(circuit.state, state, name)
  }
})

t.test('open: refused, and told for how long; then one probe at a time', async t => {
  const circuit = opened(t)
  t.equal(circuit.admit(1000), 500)
  t.equal(circuit.admit(1499.5), 1)
  const probe = circuit.admit(1500)
  t.ok(probe < 0)
  t.equal(circuit.state, 'probing')
  t.equal(circuit.admit(1500), 500, 'the others wait')
  circuit.report(probe, 'answered', 1510)
  t.equal(circuit.state, 'closed')
  t.equal(circuit.admit(1510), 0)
  fail(circuit, [1600])
  t.equal(circuit.state, 'closed', 'the count began anew')
})

t.test('the pause doubles up to ten seconds, and begins short in the next outage', async t => {
  const circuit = opened(t)
  let now = 1000
  for (const pause of [500, 1000, 2000, 4000, 8000, 10_000, 10_000]) {
    t.equal(circuit.admit(now), pause)
    now += pause
    circuit.report(circuit.admit(now), 'failed', now)
    t.equal(circuit.state, 'open')
  }
  now += 10_000
  circuit.report(circuit.admit(now), 'answered', now)
  fail(circuit, OPENING.map(ms => now + ms))
  t.equal(circuit.admit(now + 1000), 500)
})

t.test('the pause is a quarter shorter or longer by chance', async t => {
  for (const [chance, pause] of [[0, 375], [0.5, 500], [1, 625]] as const) {
    const circuit = new Circuit(undefined, () => chance)
    fail(circuit, OPENING)
    t.equal(circuit.admit(1000), pause)
  }
})

t.test('a probe of which nothing is known gives its place to another', async t => {
  const circuit = opened(t)
  circuit.report(circuit.admit(1500), 'untold', 1600)
  const lost = circuit.admit(1600)
  t.ok(lost < 0)
  t.ok(circuit.admit(11_599) > 0)
  const second = circuit.admit(11_600)
  t.ok(second < lost)
  circuit.report(lost, 'failed', 11_700)
  t.equal(circuit.state, 'probing', 'the failure of the lost one is no news')
  circuit.report(lost, 'answered', 11_800)
  t.equal(circuit.state, 'closed', 'its answer is')
  circuit.report(second, 'failed', 11_900)
  t.equal(circuit.state, 'closed')
})

t.test('what was sent before it opened is no news', async t => {
  const circuit = steady()
  const before = circuit.admit(0)
  fail(circuit, OPENING)
  circuit.report(before, 'answered', 1100)
  circuit.report(before, 'failed', 1100)
  t.equal(circuit.state, 'open')
  t.equal(circuit.admit(1100), 400, 'nor does it make the pause longer')
})

t.test('a probe of one outage tells nothing of the next', async t => {
  const circuit = opened(t)
  const lost = circuit.admit(1500)
  circuit.report(circuit.admit(11_500), 'answered', 11_500)
  fail(circuit, OPENING.map(ms => 12_000 + ms))
  circuit.report(lost, 'answered', 13_100)
  t.equal(circuit.state, 'open')
})

t.test('changes are told, both ends', async t => {
  const told: string[] = []
  const circuit = new Circuit((from, to) => { told.push(`${from} ${to}`) }, () => 0.5)
  fail(circuit, OPENING)
  circuit.report(circuit.admit(1500), 'failed', 1500)
  circuit.report(circuit.admit(2500), 'answered', 2500)
  t.strictSame(told, ['closed open', 'open probing', 'probing open', 'open probing', 'probing closed'])
})
