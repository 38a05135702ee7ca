import t from 'tap'
import { DONE, notOurs, wait } from '../../../provisioner/reconcile/outcome.ts'
import type { Outcome } from '../../../provisioner/reconcile/outcome.ts'
import { nextLookMs, observationOf } from '../../../provisioner/reconcile/result.ts'
import type { Result } from '../../../provisioner/reconcile/result.ts'
import { standingFailure } from '../../../provisioner/reconcile/standing-failure.ts'
import type { Condition, Failure } from '../../../provisioner/tenants/tenant.ts'
import { aTenant, NOW } from './world-of-one.ts'

const later = new Date(NOW.getTime() + 1000).toISOString()
const failed: Outcome = { kind: 'failed', reason: 'NeverHealthy', message: 'It ran.', retryAfterMs: 5000 }
const complete: Result = { step: null, outcome: DONE, pending: new Set() }
const atInstance = (outcome: Outcome, error?: unknown): Result => ({
  step: { name: 'awaitHealthy', condition: 'InstanceHealthy' },
  outcome,
  pending: new Set(['InstanceHealthy', 'RoutePublished']),
  ...(error === undefined ? {} : { error })
})
const standing: Failure = { condition: 'InstanceHealthy', reason: 'InstanceExited', message: 'It ended.', attempts: 2, retryAt: later }
const condition = (type: Condition['type'], status: Condition['status']): Condition => ({ type, status, reason: 'R', message: 'M', since: '2020-01-01T00:00:00.000Z', observedGeneration: 1 })
const statuses = (conditions: Condition[]): string => conditions.map(({ status }) => status).join(' ')

t.test('everything done', async t => {
  const seen = observationOf(aTenant(), complete, NOW)
  t.match(seen, { generation: 3, settled: true, ready: true, failure: null, crashed: false })
  t.equal(statuses(seen.conditions), 'True True True True')
  t.ok(seen.conditions.every(({ observedGeneration, since }) => observedGeneration === 3 && since === NOW.toISOString()))
})

t.test('what only ends something old does not hold up "ready"', async t => {
  const seen = observationOf(aTenant(), { step: { name: 'retireInstances', condition: null }, outcome: wait(200, 'Draining', 'D'), pending: new Set() }, NOW)
  t.match(seen, { settled: true, ready: true })
  t.equal(statuses(seen.conditions), 'True True True True')
})

t.test('waiting', async t => {
  const fresh = observationOf(aTenant(), atInstance(wait(200, 'NotHealthy', 'Not yet.')), NOW)
  t.match(fresh, { settled: false, ready: false, failure: null })
  t.equal(statuses(fresh.conditions), 'True True Unknown Unknown')
  const before = aTenant({ conditions: [condition('InstanceHealthy', 'True'), condition('RoutePublished', 'True')] })
  const lost = observationOf(before, atInstance(wait(200, 'NotHealthy', 'No more.')), NOW)
  t.equal(statuses(lost.conditions), 'True True False True', 'what was healthy is unhealthy; the routes keep what was known')
  t.equal(observationOf(aTenant({ failure: { ...standing, retryAt: NOW.toISOString() } }), atInstance(wait(1, 'R', 'M')), NOW).failure?.reason, 'InstanceExited',
    'a failure is not over because it is tried again')
})

t.test('failing', async t => {
  const seen = observationOf(aTenant(), atInstance(failed), NOW)
  t.match(seen, { settled: true, ready: false, crashed: true, failure: { reason: 'NeverHealthy', attempts: 1, retryAt: new Date(NOW.getTime() + 5000).toISOString() } })
  t.equal(statuses(seen.conditions), 'True True False Unknown')
  t.match(seen.conditions[2], { reason: 'NeverHealthy', message: 'It ran.' })
  const again = observationOf(aTenant({ failure: { ...standing, retryAt: NOW.toISOString() } }), atInstance(notOurs('thing')), NOW)
  t.match(again.failure, { reason: 'NameConflict', attempts: 3 })
  t.equal(observationOf(aTenant(), atInstance({ ...failed, retryAfterMs: null }), NOW).failure?.retryAt, null)
})

t.test('a failure stands', async t => {
  const tenant = aTenant({ failure: standing, conditions: [condition('InstanceHealthy', 'False')] })
  const seen = observationOf(tenant, complete, NOW)
  t.match(seen, { settled: true, ready: false, failure: standing })
  t.equal(statuses(seen.conditions), 'Unknown Unknown False Unknown')
  t.equal(standingFailure(aTenant({ failure: standing, wanted: 'deleted' }), NOW), null, 'it holds up no deletion')
})

t.test('suspended', async t => {
  const seen = observationOf(aTenant({ wanted: 'suspended' }), complete, NOW)
  t.match(seen, { settled: true, ready: false })
  t.match(seen.conditions[3], { status: 'False', reason: 'Suspended' })
})

t.test('an error in a step', async t => {
  const seen = observationOf(aTenant({ failure: standing }), atInstance(DONE, new Error('no engine')), NOW)
  t.match(seen, { ready: false, failure: standing })
  t.equal(statuses(seen.conditions), 'True True Unknown Unknown')
  t.match(seen.conditions[2]?.message, /no engine/)
  t.notOk(observationOf(aTenant(), atInstance(DONE, 'text'), NOW).settled)
})

t.test('an error in the looking: what was known stays', async t => {
  const tenant = aTenant({ conditions: [condition('DatabaseReady', 'True'), condition('InstanceHealthy', 'Unknown')] })
  const seen = observationOf(tenant, { ...complete, error: new Error('no engine') }, NOW)
  t.match(seen.conditions[0], { status: 'True', reason: 'R' })
  t.match(seen.conditions[2], { status: 'Unknown', reason: 'Error' })
  t.notOk(seen.settled)
})

t.test('when to look again', async t => {
  t.equal(nextLookMs(aTenant(), complete, NOW), null)
  t.equal(nextLookMs(aTenant(), atInstance(wait(250, 'R', 'M')), NOW), 250)
  t.equal(nextLookMs(aTenant(), atInstance(failed), NOW), 0, 'what serves is to serve on')
  t.equal(nextLookMs(aTenant({ wanted: 'deleted' }), atInstance(failed), NOW), 5000)
  t.equal(nextLookMs(aTenant({ failure: standing }), complete, NOW), 1000)
  t.equal(nextLookMs(aTenant({ failure: { ...standing, retryAt: null } }), complete, NOW), null)
})
