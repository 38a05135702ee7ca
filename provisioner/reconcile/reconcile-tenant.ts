import { appendEvent } from '../tenants/event-store.ts'
import { recordObservation } from '../tenants/tenant-store.ts'
import type { Lease } from '../queue/lease-store.ts'
import { readDesired } from './desired.ts'
import type { Desired } from './desired.ts'
import { observeTenant } from './observe-tenant.ts'
import type { Outcome } from './outcome.ts'
import { DONE } from './outcome.ts'
import { beginPass, tell } from './pass.ts'
import type { Deps, Pass } from './pass.ts'
import { plan } from './plan.ts'
import type { StepName } from './plan.ts'
import { nextLookMs, observationOf } from './result.ts'
import type { Result } from './result.ts'
import * as database from './steps/database.ts'
import { STOP_GRACE_SECONDS } from './steps/container.ts'
import * as exchange from './steps/exchange.ts'
import * as instance from './steps/instance.ts'
import * as migration from './steps/migration.ts'
import * as removal from './steps/removal.ts'
import * as routes from './steps/routes.ts'

const STEPS: Record<StepName, (pass: Pass) => Promise<Outcome>> = { ...database, ...exchange, ...instance, ...migration, ...removal, ...routes }

/**
 * One pass over one tenant: looks at what is wanted and what there is, does what the plan says until a step does not end
 * in "done", and records what it found, however it ended.
 * Returns in how many milliseconds to look again, or null: when asked. Throws when it could not tell.
 */
export async function reconcileTenant (parent: Deps, lease: Lease, signal: AbortSignal): Promise<number | null> {
  const deps = { ...parent, log: parent.log.child({ tenantId: lease.tenantId, epoch: lease.epoch }) }
  const desired = await readDesired(deps.pool, deps.config, lease.tenantId)
  if (desired === null) return null
  let result: Result = { step: null, outcome: DONE, pending: new Set() }
  try {
    result = await run(deps, desired, lease, signal)
  } catch (error) {
    result = { ...result, error }
  } finally {
    if (!signal.aborted && result.step?.name !== 'forgetTenant') await record(deps, desired, lease, result)
  }
  if (result.error !== undefined) throw result.error
  return nextLookMs(desired.tenant, result, new Date())
}

async function run (deps: Deps, desired: Desired, lease: Lease, signal: AbortSignal): Promise<Result> {
  const observed = await observeTenant({ ...deps, db: deps.pool, subnet: deps.config.tenantSubnet }, desired)
  const pass = beginPass(deps, desired, observed, lease.epoch, signal)
  const steps = plan(desired, observed)
  for (const [index, step] of steps.entries()) {
    signal.throwIfAborted()
    const stop = (outcome: Outcome): Result => ({ step, outcome, pending: new Set(steps.slice(index).map(({ condition }) => condition).filter(type => type !== null)) })
    try {
      const outcome = onlyOnce(pass, await STEPS[step.name](pass))
      if (outcome.kind === 'failed') await tellFailure(pass, outcome)
      if (outcome.kind !== 'done' || step.name === 'forgetTenant') return stop(outcome)
    } catch (error) {
      return { ...stop(DONE), error }
    }
  }
  return { step: null, outcome: DONE, pending: new Set() }
}

/** Each try of a deploy for which the old instance has to stop is a gap: one that failed is not tried again until something is changed. */
function onlyOnce ({ observed, desired: { instance } }: Pass, outcome: Outcome): Outcome {
  const stopped = observed.instances.some(({ name, asideSince }) => name !== instance && asideSince !== null)
  return outcome.kind === 'failed' && stopped ? { ...outcome, retryAfterMs: null } : outcome
}

/** Keeps the last lines before the container that wrote them goes. */
async function tellFailure (pass: Pass, { reason, message, output = [], discard }: Outcome & { kind: 'failed' }): Promise<void> {
  await tell(pass, { level: 'error', reason, message, data: { output } })
  if (discard !== undefined) await pass.engine.stopAndRemove(discard, STOP_GRACE_SECONDS)
}

async function record (deps: Deps, desired: Desired, lease: Lease, result: Result): Promise<void> {
  const { tenant } = desired
  const observation = observationOf(tenant, result, new Date())
  const recorded = await recordObservation(deps.pool, tenant, lease.epoch, observation)
  const news = observation.ready && (tenant.status !== 'ready' || tenant.observedGeneration < tenant.generation)
  if (recorded && news) await appendEvent(deps.pool, tenant.id, { reason: 'Ready', message: 'The tenant is as wanted.' })
}
