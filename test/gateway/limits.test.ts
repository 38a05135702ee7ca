import t from 'tap'
import { readConfig } from '../../gateway/config.ts'
import { burstOf, effectiveLimits, isWithin, LIMIT_BOUNDS, LIMIT_NAMES, orderedLimits, parseLimits } from '../../gateway/limits.ts'
import type { LimitOverrides } from '../../gateway/limits.ts'

const { limits: defaults } = readConfig({ BERTH_REDIS_PASSWORD: 'secret' })
const rated = { ...defaults, requestsPerSecond: 50, burst: 200 }

t.test('every default is within its bounds, but for the rate that there is not', async t => {
  for (const name of LIMIT_NAMES) if (name !== 'requestsPerSecond') t.ok(isWithin(defaults[name], LIMIT_BOUNDS[name]), name)
  t.equal(defaults.requestsPerSecond, Infinity)
})

t.test('each limit is read at both of its ends, and not beyond', async t => {
  for (const name of LIMIT_NAMES) {
    const { min, max, whole } = LIMIT_BOUNDS[name]
    for (const value of [min, max]) t.strictSame(parseLimits({ [name]: value }), { [name]: value }, `${name} ${value}`)
    for (const value of [min - (whole ? 1 : 0.001), max + 1, -1, NaN, Infinity, '1', null, true, [1], {}]) t.equal(parseLimits({ [name]: value }), null, `${name} ${String(value)}`)
    t.equal(parseLimits({ [name]: min + 0.5 }) === null, whole, `${name} with a fraction`)
  }
})

t.test('one that cannot be spoils all; one that is new is left out', async t => {
  t.equal(parseLimits({ queue: 1, connections: 0 }), null)
  t.strictSame(parseLimits({ queue: 1, colour: 'red' }), { queue: 1 })
  t.strictSame(parseLimits({}), {})
  for (const value of [null, [], 'x', 1, undefined]) t.equal(parseLimits(value), null)
})

t.test('equal overrides have equal text, whatever the order they came in', async t => {
  t.equal(JSON.stringify(orderedLimits({ websockets: 1, queue: 2, connections: 3 })), '{"connections":3,"queue":2,"websockets":1}')
  t.equal(JSON.stringify(orderedLimits({ queue: 2, burst: undefined })), '{"queue":2}')
})

t.test('what holds', async t => {
  t.equal(effectiveLimits(defaults, undefined), defaults, 'nothing is made where nothing is said')
  const table: Array<[string, typeof defaults, LimitOverrides, LimitOverrides]> = [
    ['the others stay', defaults, { queue: 0 }, { queue: 0, connections: defaults.connections, requestsPerSecond: Infinity }],
    ['a rate brings a second of burst', defaults, { requestsPerSecond: 7.5 }, { requestsPerSecond: 7.5, burst: 8 }],
    ['not that of the settings', rated, { requestsPerSecond: 5 }, { requestsPerSecond: 5, burst: 5 }],
    ['unless it is told', rated, { requestsPerSecond: 5, burst: 1 }, { requestsPerSecond: 5, burst: 1 }],
    ['a burst alone is for the rate of the settings', rated, { burst: 3 }, { requestsPerSecond: 50, burst: 3 }],
    ['neither', rated, { queue: 1 }, { requestsPerSecond: 50, burst: 200 }]
  ]
  for (const [name, given, overrides, expected] of table) t.match(effectiveLimits(given, overrides), expected, name)
})

t.test('the burst of a rate', async t => {
  for (const [rate, burst] of [[0.01, 1], [1, 1], [1.2, 2], [100, 100], [Infinity, 1]] as const) t.equal(burstOf(rate), burst, String(rate))
})
