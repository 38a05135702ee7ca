import { setTimeout as delay } from 'node:timers/promises'
import { MAX_RESTARTS } from '../../resources/container-spec.ts'
import { recipeOf } from '../../resources/instance-recipe.ts'
import { probeHealth } from '../../resources/health-probe.ts'
import type { Health } from '../../resources/health-probe.ts'
import type { ContainerRun } from '../../resources/engine.ts'
import { markHealthy, markStarted, reserveInstance as reserve } from '../../tenants/instance-store.ts'
import type { Instance } from '../../tenants/instance-store.ts'
import { networkName } from '../../tenants/names.ts'
import { DONE, wait } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import { isSuperseded, tell, wantedInstance } from '../pass.ts'
import type { Pass } from '../pass.ts'
import { createContainer, describeExit, ensureNetwork, outputOf, quoteTelling } from './container.ts'

/** A pass stays with a starting instance this long; a slower one is looked at again and again. */
const STAY_MS = 3000
const LOOK_AGAIN_MS = 250
const PROBE_TIMEOUT_MS = 2000
const FIRST_PROBE_PAUSE_MS = 10
const MAX_PROBE_PAUSE_MS = 100
/** The state of the container is asked for this often between probes. */
const STATE_EVERY_MS = 200
/** An instance that served and stopped answering is replaced after this. */
const UNHEALTHY_GRACE_MS = 20_000
/** An instance that the engine had to start again is given this much longer, so that its last end is seen. */
const RESTARTS_GRACE_MS = 30_000
/** An instance that ran for less did not survive its start. */
const SURVIVED_MS = 10_000
const CRASH_BACKOFF_MS = [1000, 5000, 15_000, 60_000, 300_000]

export async function reserveInstance (pass: Pass): Promise<Outcome> {
  const { tenant, instance: name, specHash, spec: { release, port, runtime } } = pass.desired
  await reserve(pass.pool, pass.config.tenantSubnet, tenant.id, { name, release, specHash, port, recipe: recipeOf(tenant, runtime) })
  return DONE
}

export async function createInstance (pass: Pass): Promise<Outcome> {
  const refused = await createContainer(pass, pass.desired.instance, 'instance', null)
  if (refused !== null) return refused
  await tell(pass, { reason: 'InstanceCreated', message: `The container "${pass.desired.instance}" is made.` })
  return DONE
}

/** Puts instances back onto their network that were taken off it: nobody reaches them, and they reach no database. */
export async function attachInstances (pass: Pass): Promise<Outcome> {
  const { engine, config: { installation, tenantSubnet }, observed } = pass
  for (const { name, address } of observed.instances.filter(({ attached }) => !attached)) {
    const conflict = await ensureNetwork(pass, address)
    if (conflict !== null) return conflict
    if (!await engine.attach(name, networkName(installation, tenantSubnet.poolOf(address)), address)) continue
    await tell(pass, { level: 'warning', reason: 'InstanceAttached', message: `The container "${name}" was not on its network, and is put back.` })
  }
  return DONE
}

/** Starts the wanted instance. One that ended soon after its start counts as a crash and waits for its turn. */
export async function startInstance (pass: Pass): Promise<Outcome> {
  const { engine, observed, desired: { instance } } = pass
  const run = await engine.inspect(instance)
  if (run === null) return wait(0, 'InstanceVanished', 'The container is gone; it is made again.')
  if (run.state === 'paused' || run.state === 'dead') {
    await engine.stopAndRemove(instance, 0)
    return wait(0, 'InstanceReplaced', `The container was ${run.state}; it is made again.`)
  }
  // One that stood aside did not end by itself.
  const stoodAside = observed.instances.some(({ name, asideSince }) => name === instance && asideSince !== null)
  if (run.state === 'exited' && !stoodAside) {
    if (!survived(pass, run)) return await crashed(pass, run)
    await tell(pass, { level: 'warning', reason: 'InstanceExited', message: `The instance ${describeExit(run, pass.desired.spec.resources)}; it is started again.` })
  }
  const started = await engine.start(instance)
  if (started.kind === 'refused') {
    const message = `The container cannot be started: ${started.detail}`
    return { kind: 'failed', reason: 'InstanceNotStartable', message, discard: instance, retryAfterMs: nextBackoff(pass) }
  }
  await markStarted(pass.pool, instance)
  await tell(pass, { reason: 'InstanceStarted', message: 'The container is started.' })
  return DONE
}

/** Waits until the wanted instance answers its health path; then the routes may lead to it. */
export async function awaitHealthy (pass: Pass): Promise<Outcome> {
  const { engine, desired: { instance: name, spec } } = pass
  const instance = await wantedInstance(pass)
  const until = Date.now() + STAY_MS
  let pauseMs = FIRST_PROBE_PAUSE_MS
  let lookedAt = 0
  let health: Health
  for (;;) {
    pass.signal.throwIfAborted()
    health = await probeHealth({ address: instance.address, port: spec.port, path: spec.healthPath, timeoutMs: PROBE_TIMEOUT_MS })
    if (health.healthy) break
    if (Date.now() - lookedAt >= STATE_EVERY_MS) {
      const run = await engine.inspect(name)
      lookedAt = Date.now()
      if (run === null) return wait(0, 'InstanceVanished', 'The container is gone; it is made again.')
      if (run.state === 'exited' || run.state === 'dead') return await ended(pass, run)
      if (await isSuperseded(pass)) return wait(0, 'Superseded', 'Something else is wanted meanwhile.')
    }
    if (Date.now() > until) return await stillUnhealthy(pass, instance, health.detail)
    await delay(pauseMs)
    pauseMs = Math.min(pauseMs * 1.5, MAX_PROBE_PAUSE_MS)
  }
  await markHealthy(pass.pool, name)
  pass.serving = { ...instance, container: 'running', attached: true }
  await tell(pass, { reason: 'InstanceHealthy', message: `The instance of release "${spec.release}" answers ${spec.healthPath}.` })
  return DONE
}

/** Whether the instance was healthy and ran for a while before it ended: then it is started again at once. One that the engine gave up ends again and again. */
function survived ({ desired: { tenant } }: Pass, run: ContainerRun): boolean {
  const wasHealthy = tenant.conditions.some(({ type, status }) => type === 'InstanceHealthy' && status === 'True')
  return wasHealthy && run.restarts < MAX_RESTARTS && run.finishedAt.getTime() - run.startedAt.getTime() >= SURVIVED_MS
}

async function ended (pass: Pass, run: ContainerRun): Promise<Outcome> {
  if (!survived(pass, run)) return await crashed(pass, run)
  return wait(0, 'InstanceExited', `The instance ${describeExit(run, pass.desired.spec.resources)}; it is started again.`)
}

async function crashed (pass: Pass, run: ContainerRun): Promise<Outcome> {
  const { desired: { instance, spec } } = pass
  const output = await outputOf(pass, instance)
  return {
    kind: 'failed',
    reason: run.oomKilled ? 'OutOfMemory' : 'InstanceExited',
    message: `The instance ${describeExit(run, spec.resources)} before it was ready, or soon after its start${quoteTelling(output)}`,
    output,
    discard: instance,
    retryAfterMs: nextBackoff(pass)
  }
}

async function stillUnhealthy (pass: Pass, { startedAt, healthyAt }: Instance, detail: string): Promise<Outcome> {
  const { engine, config: { reconcile: { startTimeoutMs } }, desired: { instance, tenant } } = pass
  const condition = tenant.conditions.find(({ type }) => type === 'InstanceHealthy')
  const unhealthySince = condition?.status === 'False' ? Date.parse(condition.since) : Date.now()
  const startedMs = startedAt?.getTime() ?? Date.now()
  // One that served is given time to come back; one that never did has its time from its first start. What the condition knows may be of another instance.
  const served = healthyAt !== null && (condition?.status === 'True' || (condition?.status === 'False' && unhealthySince > startedMs + startTimeoutMs))
  // While the engine starts it again and again, its end will say more than the silence between.
  const restarts = (await engine.inspect(instance))?.restarts ?? 0
  const startMs = startTimeoutMs + (restarts > 0 ? RESTARTS_GRACE_MS : 0)
  const deadline = served ? unhealthySince + UNHEALTHY_GRACE_MS : startedMs + startMs
  if (Date.now() < deadline) return wait(LOOK_AGAIN_MS, 'NotHealthy', `The instance runs and is not ready: ${detail}.`)
  const output = await outputOf(pass, instance)
  const what = served ? `stopped answering ${UNHEALTHY_GRACE_MS / 1000} seconds ago` : `did not become ready within ${startMs / 1000} seconds`
  return {
    kind: 'failed',
    reason: served ? 'StoppedAnswering' : 'NeverHealthy',
    message: `The instance ${what}: ${detail}.`,
    output,
    discard: instance,
    retryAfterMs: nextBackoff(pass)
  }
}

function nextBackoff (pass: Pass): number {
  return CRASH_BACKOFF_MS[Math.min(pass.desired.tenant.crashes, CRASH_BACKOFF_MS.length - 1)] as number
}
