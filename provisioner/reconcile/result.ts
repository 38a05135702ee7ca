import type { Observation } from '../tenants/tenant-store.ts'
import type { ConditionType, Failure, Tenant } from '../tenants/tenant.ts'
import { achievedBut, nextConditions, SUSPENDED_FINDING } from './conditions.ts'
import type { Findings } from './conditions.ts'
import type { Outcome } from './outcome.ts'
import { standingFailure } from './standing-failure.ts'
import type { Step } from './plan.ts'

/** Where a pass came to an end, and how. `error` is set when it could not tell. */
export interface Result {
  /** Null when every step was done, or when the looking failed. */
  step: Step | null
  outcome: Outcome
  /** What the step and those after it are for. */
  pending: ReadonlySet<ConditionType>
  error?: unknown
}

/** What is recorded of a tenant after a pass. Pure. */
export function observationOf (tenant: Tenant, result: Result, now: Date): Observation {
  const { step, outcome, error } = result
  const standing = standingFailure(tenant, now)
  const failure = failureAfter(tenant, result, now)
  // What ends something old holds up nothing: the tenant is as wanted while it goes on.
  const achieved = error === undefined && outcome.kind !== 'failed' && (step === null || step.condition === null)
  return {
    generation: tenant.generation,
    settled: achieved || failure !== null,
    conditions: nextConditions(tenant.conditions, findingsAfter(tenant, result, standing), tenant.generation, now),
    failure,
    ready: achieved && tenant.wanted === 'running' && standing === null,
    crashed: outcome.kind === 'failed' && step?.condition === 'InstanceHealthy'
  }
}

/** In how many milliseconds to look again after a pass that could tell, or null: when asked. Pure. */
export function nextLookMs (tenant: Tenant, { outcome }: Result, now: Date): number | null {
  if (outcome.kind === 'wait') return outcome.afterMs
  // At once: what serves goes on to serve, or is brought back. While a tenant is brought to an end nothing is.
  if (outcome.kind === 'failed') return tenant.wanted === 'running' ? 0 : outcome.retryAfterMs
  const standing = standingFailure(tenant, now)
  return standing?.retryAt == null ? null : Math.max(Date.parse(standing.retryAt) - now.getTime(), 0)
}

function failureAfter (tenant: Tenant, { step, outcome, error }: Result, now: Date): Failure | null {
  const { failure } = tenant
  if (outcome.kind === 'failed' && step !== null) {
    const retryAt = outcome.retryAfterMs === null ? null : new Date(now.getTime() + outcome.retryAfterMs).toISOString()
    const { reason, message } = outcome
    return { condition: step.condition ?? 'InstanceHealthy', reason, message, attempts: (failure?.attempts ?? 0) + 1, retryAt }
  }
  // A failure ends when what failed is achieved, not when it is tried again.
  if (error !== undefined || outcome.kind === 'wait' || standingFailure(tenant, now) !== null) return failure
  return null
}

function findingsAfter (tenant: Tenant, { step, outcome, pending, error }: Result, standing: Failure | null): Findings {
  const { conditions, wanted } = tenant
  if (error !== undefined) {
    const message = `Could not be told: ${error instanceof Error ? error.message : String(error)}. It is tried again.`
    const finding = { status: 'Unknown' as const, reason: 'Error', message }
    if (step?.condition != null) return { ...achievedBut(pending), [step.condition]: finding }
    // What was known stays; what was not says why.
    return Object.fromEntries(conditions.filter(({ status }) => status === 'Unknown').map(({ type }) => [type, finding]))
  }
  if (standing !== null) return {}
  const suspended: Findings = wanted === 'suspended' ? { InstanceHealthy: SUSPENDED_FINDING, RoutePublished: SUSPENDED_FINDING } : {}
  if (outcome.kind === 'done' || step?.condition == null) return { ...achievedBut(pending), ...suspended }
  const known = conditions.some(({ type, status }) => type === step.condition && status !== 'Unknown')
  const status = outcome.kind === 'failed' || known ? 'False' as const : 'Unknown' as const
  return { ...achievedBut(pending), [step.condition]: { status, reason: outcome.reason, message: outcome.message } }
}
