import { CONDITION_TYPES } from '../tenants/tenant.ts'
import type { Condition, ConditionType } from '../tenants/tenant.ts'

/** What a pass found of one condition. */
export interface Finding { status: Condition['status'], reason: string, message: string }

/** What it found of those that it came to. */
export type Findings = Partial<Record<ConditionType, Finding>>

const ACHIEVED: Record<ConditionType, Finding> = {
  DatabaseReady: { status: 'True', reason: 'Present', message: 'The database and its role are there.' },
  Migrated: { status: 'True', reason: 'UpToDate', message: 'The database has the migrations of the release.' },
  InstanceHealthy: { status: 'True', reason: 'Healthy', message: 'The instance answers its health path.' },
  RoutePublished: { status: 'True', reason: 'Published', message: 'Every domain leads to the instance.' }
}

const WAITING: Finding = { status: 'Unknown', reason: 'Waiting', message: 'Waits for what comes before it.' }

export const SUSPENDED_FINDING: Finding = { status: 'False', reason: 'Suspended', message: 'The tenant is suspended.' }

/** The findings of a pass in which everything is achieved but what is still to be done (`pending`). */
export function achievedBut (pending: ReadonlySet<ConditionType>): Findings {
  return Object.fromEntries(CONDITION_TYPES.filter(type => !pending.has(type)).map(type => [type, ACHIEVED[type]]))
}

/** The conditions after a pass: `since` moves only with `status`, and what was not found keeps what was known of it. */
export function nextConditions (previous: Condition[], findings: Findings, generation: number, now: Date): Condition[] {
  return CONDITION_TYPES.map(type => {
    const before = previous.find(condition => condition.type === type)
    const found = findings[type]
    if (found === undefined && before !== undefined) return before
    const { status, reason, message } = found ?? WAITING
    const since = before?.status === status ? before.since : now.toISOString()
    return { type, status, reason, message, since, observedGeneration: generation }
  })
}
