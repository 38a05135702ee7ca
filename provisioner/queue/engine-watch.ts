import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Pool } from '../database/pool.ts'
import type { Engine } from '../resources/engine.ts'
import { requestWork } from '../tenants/tenant-store.ts'

const RETRY_MS = 500

/**
 * Follows the engine's events and asks for a pass over each tenant whose container changed. After a gap, in which
 * events were missed, `onGap` is called. Ends with the signal.
 */
export async function watchEngine (
  deps: { engine: Engine, pool: Pool, log: Logger }, onGap: () => void, signal: AbortSignal
): Promise<void> {
  const { engine, pool, log } = deps
  let away = false
  while (!signal.aborted) {
    try {
      await engine.ping()
      if (away) log.info('engine is back')
      away = false
      onGap()
      await engine.watch(({ tenantId, action, container }) => {
        log.debug({ tenantId, action, container }, 'container changed')
        requestWork(pool, [tenantId]).catch(err => { log.warn({ err, tenantId }, 'work could not be requested') })
      }, signal)
    } catch (err) {
      if (!away && !signal.aborted) log.warn({ err }, 'engine is away')
      away = true
    }
    await delay(RETRY_MS, undefined, { signal }).catch(() => {})
  }
}
