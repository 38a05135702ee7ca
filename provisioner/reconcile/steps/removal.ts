import { drainInstance, forgetInstance } from '../../tenants/instance-store.ts'
import { forgetTenant as forget } from '../../tenants/tenant-store.ts'
import { migrationName, volumeName } from '../../tenants/names.ts'
import type { ObservedInstance } from '../observe-tenant.ts'
import { DONE, wait } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import { tell } from '../pass.ts'
import type { Pass } from '../pass.ts'
import { ensureImage, STOP_GRACE_SECONDS } from './container.ts'
import { canServeAgain, routesStand, wantedRoute } from '../wanted-routes.ts'
import { publishRoutes } from './routes.ts'

export async function removeStrays (pass: Pass): Promise<Outcome> {
  for (const stray of pass.observed.strays) {
    await pass.engine.stopAndRemove(stray.name, STOP_GRACE_SECONDS)
    await tell(pass, { level: 'warning', reason: 'StrayRemoved', message: `The container "${stray.name}" belonged to nothing and is removed.` })
  }
  return DONE
}

/** Ends the instances that the routes no longer lead to. */
export async function retireInstances (pass: Pass): Promise<Outcome> {
  return await drainAndRemove(pass, pass.observed.instances.filter(instance => instance.name !== pass.desired.instance))
}

/** Ends every instance of the tenant, and its migration. */
export async function removeInstances (pass: Pass): Promise<Outcome> {
  await pass.engine.stopAndRemove(migrationName(pass.desired.instance), STOP_GRACE_SECONDS)
  return await drainAndRemove(pass, pass.observed.instances)
}

/** Two instances must not share /data: the old ends before the new starts, and meanwhile the domains say so. */
export async function makeWayForVolume (pass: Pass): Promise<Outcome> {
  const missing = await ensureImage(pass)
  if (missing !== null) return missing
  pass.serving = null
  const { desired, observed, epoch } = pass
  const told = observed.routes !== null && routesStand(observed.routes, desired.hosts.wanted, wantedRoute(desired, null, epoch))
  if (!told) await publishRoutes(pass)
  return await retireInstances(pass)
}

/** Nothing serves, and the new instance cannot be had: starts the old ones that ended. The next pass routes to one that runs. */
export async function reviveOld (pass: Pass): Promise<Outcome> {
  for (const { name } of pass.observed.instances.filter(instance => instance.name !== pass.desired.instance && canServeAgain(instance))) {
    await pass.engine.start(name)
    await tell(pass, { level: 'warning', reason: 'InstanceStarted', message: `The old instance "${name}" is started again.` })
  }
  return wait(1000, 'Reviving', 'The old instance starts.')
}

/** Removes what is left of attempts that failed: all but what serves, or could serve again. */
export async function discardFailed (pass: Pass): Promise<Outcome> {
  const { engine, observed, serving, desired: { instance: name } } = pass
  for (const instance of observed.instances) {
    if (instance.container === 'absent' || instance.name === serving?.name) continue
    if (instance.name === name || serving !== null) await engine.stopAndRemove(instance.name, 0)
  }
  if (observed.migration !== 'absent') await engine.stopAndRemove(migrationName(name), STOP_GRACE_SECONDS)
  return DONE
}

export async function removeVolume (pass: Pass): Promise<Outcome> {
  await pass.engine.removeVolume(volumeName(pass.config.installation, pass.desired.tenant.id))
  return DONE
}

export async function forgetTenant (pass: Pass): Promise<Outcome> {
  await forget(pass.pool, pass.desired.tenant.id, pass.epoch)
  pass.log.info('tenant deleted')
  return DONE
}

async function drainAndRemove (pass: Pass, instances: ObservedInstance[]): Promise<Outcome> {
  const waits: number[] = []
  const gone = new Set<ObservedInstance>()
  await Promise.all(instances.map(async instance => {
    const leftMs = await drainOne(pass, instance)
    if (leftMs > 0) waits.push(leftMs)
    else gone.add(instance)
  }))
  pass.observed = { ...pass.observed, instances: pass.observed.instances.filter(instance => !gone.has(instance)) }
  return waits.length === 0 ? DONE : wait(Math.min(...waits), 'Draining', 'The instance finishes what it serves.')
}

/** Returns for how many milliseconds the instance still drains; 0 when it is gone. */
async function drainOne (pass: Pass, instance: ObservedInstance): Promise<number> {
  if (instance.container === 'running') {
    const { drainMs } = pass.config.reconcile
    if (instance.drainUntil === null) await drainInstance(pass.pool, instance.name, drainMs)
    const leftMs = instance.drainUntil === null ? drainMs : instance.drainUntil.getTime() - Date.now()
    if (leftMs > 0) return leftMs
  }
  await pass.engine.stopAndRemove(instance.name, STOP_GRACE_SECONDS)
  await forgetInstance(pass.pool, instance.name)
  if (instance.container !== 'absent') await tell(pass, { reason: 'InstanceRemoved', message: `The container "${instance.name}" is removed.` })
  return 0
}
