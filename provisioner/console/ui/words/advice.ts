import type { Condition, Tenant } from '../api/shapes.ts'

/** What a condition is about, in the order in which a tenant comes up. */
export const STEPS: Array<{ type: string, name: string, about: string }> = [
  { type: 'DatabaseReady', name: 'Database', about: 'its PostgreSQL database and role' },
  { type: 'Migrated', name: 'Migration', about: 'the database has what the release needs' },
  { type: 'InstanceHealthy', name: 'Instance', about: 'its container answers the health path' },
  { type: 'RoutePublished', name: 'Route', about: 'its domains lead to the instance' }
]

export type StepState = 'done' | 'busy' | 'waiting' | 'stopped' | 'failed'
export interface Step { type: string, name: string, about: string, state: StepState, condition: Condition | null }

/** Reasons with which a try has ended: what does not pass by itself, or is only tried again later. */
const FAILURES = new Set(['MigrationFailed', 'MigrationTimedOut', 'ImageNotFound', 'ImageNotRunnable', 'InstanceNotStartable', 'OutOfMemory', 'NeverHealthy', 'StoppedAnswering', 'NameConflict', 'Error'])

/** Where a tenant is on its way, one step for each condition. */
export function stepsOf (tenant: Pick<Tenant, 'status' | 'conditions' | 'generation' | 'observedGeneration'>): Step[] {
  const failing = tenant.status === 'failed' || tenant.status === 'degraded'
  let busy = false
  return STEPS.map(step => {
    const condition = tenant.conditions.find(({ type }) => type === step.type) ?? null
    const state = stateOf(condition, failing, busy)
    busy ||= state === 'busy' || state === 'failed'
    return { ...step, state, condition }
  })
}

function stateOf (condition: Condition | null, failing: boolean, busy: boolean): StepState {
  if (condition?.status === 'True') return 'done'
  if (condition?.reason === 'Suspended') return 'stopped'
  if (condition !== null && (FAILURES.has(condition.reason) || (failing && condition.status === 'False' && condition.reason !== 'Waiting'))) return 'failed'
  return busy ? 'waiting' : 'busy'
}

/** Whether what is shown speaks for what was last asked. */
export function isSettled ({ generation, observedGeneration }: Pick<Tenant, 'generation' | 'observedGeneration'>): boolean {
  return observedGeneration >= generation
}

const ADVICE = new Map<string, string>([
  ['MigrationFailed', 'Its output is in the events. Deploy a release in which the migration is mended, or roll back. It is not run again by itself; a restart runs it again.'],
  ['MigrationTimedOut', 'It ran for longer than BERTH_MIGRATE_TIMEOUT_SECONDS allows. Find out what it waits for, allow more, or deploy another release.'],
  ['ImageNotFound', 'See that the image exists under this name and that the engine may pull it (BERTH_REGISTRY_AUTH_FILE). It is tried again by itself.'],
  ['ImageNotRunnable', 'The engine refuses to make a container of this image. Deploy a release with another one.'],
  ['InstanceNotStartable', 'The command of the image cannot be started. Deploy a release in which that is mended, or roll back.'],
  ['InstanceExited', 'The application ended by itself; its last lines are in the events. Deploy another release, roll back, or change its environment. It is tried again by itself, later each time.'],
  ['OutOfMemory', 'It needed more memory than it has. Give it more under Settings, or deploy another release.'],
  ['NeverHealthy', 'The application runs, but its health path never answered with 2xx. See its last lines in the events, and the health path and port of the release.'],
  ['StoppedAnswering', 'The application was well and no longer answers its health path. See its logs; a restart may help for now.'],
  ['NameConflict', 'Something has this name that Berth did not make, so it leaves it alone. Remove or rename that by hand.'],
  ['Error', 'Berth could not tell how things are: the engine or a database server may be away. It tries again by itself.']
])
const BY_TYPE = new Map<string, string>([
  ['DatabaseReady', 'See that the database server runs and can be reached; Berth tries again by itself.'],
  ['Migrated', 'The events have the output of the migration. Deploy another release, roll back, or change the environment.'],
  ['InstanceHealthy', 'See the logs and the events. Deploy another release, roll back, or change environment and resources; Berth tries again at longer and longer intervals.'],
  ['RoutePublished', 'See that Redis can be reached; routes are published again by themselves.']
])

/** What to do about a condition that does not hold; null when it does. */
export function adviceFor ({ type, status, reason }: Pick<Condition, 'type' | 'status' | 'reason'>): string | null {
  if (status === 'True' || reason === 'Waiting' || reason === 'Suspended') return null
  return ADVICE.get(reason) ?? BY_TYPE.get(type) ?? null
}

/** The condition that says most of why a tenant is not as wanted. */
export function culprit (conditions: Condition[]): Condition | null {
  const wrong = conditions.filter(({ status, reason }) => status !== 'True' && reason !== 'Waiting')
  return wrong.find(({ status }) => status === 'False') ?? wrong[0] ?? null
}

/** "InstanceHealthy" in words: "Instance healthy". */
export function sentenceCase (word: string): string {
  const words = word.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[-_.]/g, ' ').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
