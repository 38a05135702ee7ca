import { drainInstance, forgetInstance } from '../../tenants/instance-store.ts'
import { forgetTenant as forget } from '../../tenants/tenant-store.ts'
import { migrationName, volumeName } from '../../tenants/names.ts'
import type { ObservedInstance } from '../observe-tenant.ts'
import { DONE, wait } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import { tell } from '../pass.ts'
import type { Pass } from '../pass.ts'
import { STOP_GRACE_SECONDS } from './container.ts'

export async function removeStrays (pass: Pass): Promise<Outcome> {
  for (const stray of pass.observed.strays) {
    await pass.engine.stopAndRemove(stray.name, STOP_GRACE_SECONDS)
    await tell(pass, { level: 'warning', reason: 'StrayRemoved', message: `The container "${stray.name}" belonged to nothing and is removed.` })
  }
  return DONE
}

/** Ends the instances that the routes no longer lead to. */
export async function retireInstances (pass: Pass): Promise<Outcome> {
  return await drainAndRemove(pass, pass.observed.instances.filter(instance => instance.name !== pass.desired.instance), pass.config.reconcile.deployDrainMs)
}

/** Ends every instance of the tenant, and its migration. */
export async function removeInstances (pass: Pass): Promise<Outcome> {
  await pass.engine.stopAndRemove(migrationName(pass.desired.instance), STOP_GRACE_SECONDS)
  return await drainAndRemove(pass, pass.observed.instances, pass.config.reconcile.drainMs)
}

/** Removes what is left of attempts that failed: all but what serves, or could serve again. */
export async function discardFailed (pass: Pass): Promise<Outcome> {
  const { engine, observed, serving, desired: { instance: name } } = pass
  for (const instance of observed.instances) {
    if (instance.container === 'absent' || instance.name === serving?.name) continue
    if (instance.name === name || instance.healthyAt === null || serving !== null) await engine.stopAndRemove(instance.name, 0)
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

async function drainAndRemove (pass: Pass, instances: ObservedInstance[], drainMs: number): Promise<Outcome> {
  const waits: number[] = []
  const gone = new Set<ObservedInstance>()
  await Promise.all(instances.map(async instance => {
    const leftMs = await drainOne(pass, instance, drainMs)
    if (leftMs > 0) waits.push(leftMs)
    else gone.add(instance)
  }))
  pass.observed = { ...pass.observed, instances: pass.observed.instances.filter(instance => !gone.has(instance)) }
  return waits.length === 0 ? DONE : wait(Math.min(...waits), 'Draining', 'The instance finishes what it serves.')
}

/** Returns for how many milliseconds the instance still drains; 0 when it is gone. */
async function drainOne (pass: Pass, instance: ObservedInstance, drainMs: number): Promise<number> {
  // Of one that was never healthy there is nothing to finish.
  if (instance.container === 'running' && instance.healthyAt !== null) {
    const leftMs = (await drainInstance(pass.pool, instance.name, drainMs)).getTime() - Date.now()
    if (leftMs > 0) return leftMs
  }
  await pass.engine.stopAndRemove(instance.name, STOP_GRACE_SECONDS)
  await forgetInstance(pass.pool, instance.name)
  if (instance.container !== 'absent') await tell(pass, { reason: 'InstanceRemoved', message: `The container "${instance.name}" is removed.` })
  return 0
}
