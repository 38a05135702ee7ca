import { setTimeout as delay } from 'node:timers/promises'
import { probeHealth } from '../../resources/health-probe.ts'
import { specByRecipe } from '../../resources/instance-recipe.ts'
import type { InstanceSpec } from '../../resources/container-spec.ts'
import { forgetInstance, markHealthy, markStarted, setAside } from '../../tenants/instance-store.ts'
import { findRelease } from '../../tenants/release-store.ts'
import type { ObservedInstance } from '../observe-tenant.ts'
import { DONE, wait } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import { isSuperseded, tell } from '../pass.ts'
import type { Pass } from '../pass.ts'
import { canServeAgain } from '../wanted-routes.ts'
import { ensureImage, makeContainer, STOP_GRACE_SECONDS } from './container.ts'
import { publishRoutes } from './routes.ts'

/** A pass stays with an old instance that starts again this long. */
const STAY_MS = 3000
const LOOK_AGAIN_MS = 250
const PROBE_TIMEOUT_MS = 2000
const PROBE_PAUSE_MS = 50
/** An old instance that does not come back is tried again after this, or when the engine says that something happened. */
const RESTORE_RETRY_MS = 5000

/**
 * The old instance and the new one must not run at once: requests are held, and then the old one is stopped and kept, to be started again
 * when the new one cannot be had.
 */
export async function makeWay (pass: Pass): Promise<Outcome> {
  const missing = await ensureImage(pass)
  if (missing !== null) return missing
  await standAside(pass)
  pass.serving = null
  await publishRoutes(pass)
  const others = othersOf(pass)
  const since = Math.max(...others.map(({ asideSince }) => asideSince?.getTime() ?? 0))
  const leftMs = since + pass.config.reconcile.drainMs - Date.now()
  // Gateways hear of the route in a moment, and what they sent until then is answered.
  if (leftMs > 0) return wait(leftMs, 'MakingWay', 'The old instance finishes what it serves; then the new one starts.')
  await Promise.all(others.map(async other => { await stop(pass, other) }))
  return DONE
}

async function standAside (pass: Pass): Promise<void> {
  const instances = await Promise.all(pass.observed.instances.map(async instance =>
    instance.name === pass.desired.instance || !canServeAgain(instance) ? instance : { ...instance, asideSince: await setAside(pass.pool, instance.name) }))
  pass.observed = { ...pass.observed, instances }
}

async function stop (pass: Pass, { name, asideSince, container }: ObservedInstance): Promise<void> {
  if (asideSince === null) {
    await pass.engine.stopAndRemove(name, STOP_GRACE_SECONDS)
    await forgetInstance(pass.pool, name)
    return
  }
  await pass.engine.stop(name, STOP_GRACE_SECONDS)
  if (container !== 'exited' && container !== 'absent') await tell(pass, { reason: 'InstanceStopped', message: `The old instance "${name}" is stopped, and kept until the new one is healthy.` })
}

/** Nothing serves, and the wanted instance cannot be had: brings back the old one that was healthy last, whatever became of its container. */
export async function restoreOld (pass: Pass): Promise<Outcome> {
  const old = othersOf(pass).filter(canServeAgain).sort((a, b) => Number(b.healthyAt) - Number(a.healthyAt))[0]
  if (old === undefined) return DONE
  const release = await findRelease(pass.pool, old.release)
  if (release === null) throw new Error(`The release "${old.release}" of the instance "${old.name}" is not in the control database.`)
  const spec = specByRecipe(release, old.recipe, pass.desired.tenant, pass.desired.values, pass.config.containerRuntime)
  if (old.container !== 'running' && old.container !== 'restarting') {
    const refused = await startOld(pass, old, spec)
    if (refused !== null) return refused
  }
  if (!await becomesHealthy(pass, old, spec)) {
    const { state } = await pass.engine.inspect(old.name) ?? { state: 'absent' }
    return state === 'running' ? wait(LOOK_AGAIN_MS, 'Restoring', 'The old instance starts.') : wait(RESTORE_RETRY_MS, 'Restoring', `The old instance does not stay up (${state}).`)
  }
  await markHealthy(pass.pool, old.name)
  pass.serving = { ...old, container: 'running', attached: true }
  await tell(pass, { level: 'warning', reason: 'OldInstanceRestored', message: `The old instance of release "${old.release}" serves again.` })
  return DONE
}

/** Starts the container of an old instance, a new one when it has none that can be started. Returns null when it is started. */
async function startOld (pass: Pass, old: ObservedInstance, spec: InstanceSpec): Promise<Outcome | null> {
  if (old.container !== 'exited' && old.container !== 'created') {
    await pass.engine.stopAndRemove(old.name, 0)
    const refused = await makeContainer(pass, { name: old.name, role: 'instance', command: null, spec, instance: old })
    if (refused !== null) return await notRestored(pass, old, refused.kind === 'failed' ? refused.message : '')
  }
  const started = await pass.engine.start(old.name)
  if (started.kind === 'refused') return await notRestored(pass, old, started.detail)
  await markStarted(pass.pool, old.name)
  return null
}

async function notRestored (pass: Pass, { name }: ObservedInstance, detail: string): Promise<Outcome> {
  pass.log.warn({ instance: name, detail }, 'the old instance cannot be started again')
  return wait(RESTORE_RETRY_MS, 'Restoring', `The old instance cannot be started again: ${detail}`)
}

async function becomesHealthy (pass: Pass, { address }: ObservedInstance, { port, healthPath: path }: InstanceSpec): Promise<boolean> {
  for (const until = Date.now() + STAY_MS; Date.now() < until;) {
    pass.signal.throwIfAborted()
    const health = await probeHealth({ address, port, path, timeoutMs: PROBE_TIMEOUT_MS })
    if (health.healthy) return true
    if (await isSuperseded(pass)) return false
    await delay(PROBE_PAUSE_MS)
  }
  return false
}

function othersOf ({ observed, desired: { instance } }: Pass): ObservedInstance[] {
  return observed.instances.filter(({ name }) => name !== instance)
}
