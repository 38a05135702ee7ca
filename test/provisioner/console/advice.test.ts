import t from 'tap'
import type { Condition, Status } from '../../../provisioner/console/ui/api/shapes.ts'
import { adviceFor, culprit, isSettled, sentenceCase, stepsOf } from '../../../provisioner/console/ui/words/advice.ts'

const condition = (type: string, status: Condition['status'], reason = ''): Condition => ({ type, status, reason, message: `${type} ${reason}`, since: '2026-03-01T12:00:00Z' })
const waiting = (type: string): Condition => condition(type, 'Unknown', 'Waiting')

t.test('the steps of a tenant', async t => {
  const tenant = (status: Status, conditions: Condition[]) => ({ status, conditions, generation: 2, observedGeneration: 1 })
  for (const [what, status, conditions, states] of [
    ['nothing was seen yet', 'provisioning', [], ['busy', 'waiting', 'waiting', 'waiting']],
    ['the database is there', 'provisioning', [condition('DatabaseReady', 'True'), waiting('Migrated'), waiting('InstanceHealthy'), waiting('RoutePublished')], ['done', 'busy', 'waiting', 'waiting']],
    ['it migrates', 'provisioning', [condition('DatabaseReady', 'True'), condition('Migrated', 'False', 'Migrating'), waiting('InstanceHealthy'), waiting('RoutePublished')], ['done', 'busy', 'waiting', 'waiting']],
    ['the migration failed', 'failed', [condition('DatabaseReady', 'True'), condition('Migrated', 'False', 'MigrationFailed'), waiting('InstanceHealthy'), waiting('RoutePublished')], ['done', 'failed', 'waiting', 'waiting']],
    ['a deploy failed, and the old one serves', 'degraded', [condition('DatabaseReady', 'True'), condition('Migrated', 'True'), condition('InstanceHealthy', 'False', 'InstanceExited'), condition('RoutePublished', 'True')], ['done', 'done', 'failed', 'done']],
    ['all is well', 'ready', ['DatabaseReady', 'Migrated', 'InstanceHealthy', 'RoutePublished'].map(type => condition(type, 'True')), ['done', 'done', 'done', 'done']],
    ['suspended', 'suspended', [condition('DatabaseReady', 'True'), condition('Migrated', 'True'), condition('InstanceHealthy', 'False', 'Suspended'), condition('RoutePublished', 'False', 'Suspended')], ['done', 'done', 'stopped', 'stopped']]
  ] as Array<[string, Status, Condition[], string[]]>) t.same(stepsOf(tenant(status, conditions)).map(({ state }) => state), states, what)
})

t.test('what is wrong, and what to do', async t => {
  t.equal(culprit([condition('DatabaseReady', 'True'), condition('Migrated', 'Unknown', 'Error'), condition('InstanceHealthy', 'False', 'NeverHealthy')])?.reason, 'NeverHealthy', 'what is known to be wrong before what is not known')
  t.equal(culprit([condition('DatabaseReady', 'True'), waiting('Migrated')]), null)
  t.match(adviceFor(condition('Migrated', 'False', 'MigrationFailed')), /output is in the events/)
  t.match(adviceFor(condition('InstanceHealthy', 'False', 'SomethingNew')), /logs/, 'a reason that is not known has its condition\'s')
  t.equal(adviceFor(condition('InstanceHealthy', 'True')), null)
  t.equal(adviceFor(condition('InstanceHealthy', 'False', 'Suspended')), null)
  t.equal(isSettled({ generation: 3, observedGeneration: 3 }), true)
  t.equal(isSettled({ generation: 3, observedGeneration: 2 }), false)
  t.same(['InstanceHealthy', 'tenant.create', 'rolled-back'].map(sentenceCase), ['Instance healthy', 'Tenant create', 'Rolled back'])
})
