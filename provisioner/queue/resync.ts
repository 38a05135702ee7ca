import { setTimeout as delay } from 'node:timers/promises'
import type { Hostname } from '../../gateway/hostname.ts'
import { inTransaction } from '../database/pool.ts'
import type { Deps } from '../reconcile/pass.ts'
import { probeHealth } from '../resources/health-probe.ts'
import type { PublishedRoute } from '../resources/published-routes.ts'
import { databasePassword } from '../tenants/names.ts'
import { takeCensus } from './census.ts'
import type { Census, World } from './census.ts'
import { hastenRetries, requestIdle } from './lease-store.ts'
import { readRegister } from './register-store.ts'

/** Any number: held by the one provisioner that sweeps. */
const SWEEP_LOCK = 7_237_864
const PROBE_CONCURRENCY = 32
const PROBE_TIMEOUT_MS = 3000
const STOP_GRACE_SECONDS = 10
/**
 * More databases and volumes without a tenant than this, or any when there is no tenant at all, are no accident of ours but,
 * say, an old control database: they are left for an operator to look at.
 */
const MAX_ORPHAN_DATA = 5

/**
 * The backstop: looks at all tenants at once, every `resyncMs` and whenever something may have been missed, asks for a
 * pass over those that do not look right, and removes what is ours and belongs to no tenant. Of several provisioners
 * one sweeps at a time.
 */
export class Resync {
  readonly #deps: Deps
  readonly #stopping = new AbortController()
  #soon: () => void = () => {}
  #again = false
  #loop: Promise<void> = Promise.resolve()

  constructor (deps: Deps) {
    this.#deps = deps
  }

  start (): void {
    this.#loop = this.#run()
  }

  /** Something may have been missed, or has come back: sweeps as soon as it can, and lets what failed be tried again. */
  request (): void {
    this.#again = true
    this.#soon()
  }

  async stop (): Promise<void> {
    this.#stopping.abort()
    this.#soon()
    await this.#loop
  }

  async #run (): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const afterGap = this.#again
      this.#again = false
      try {
        if (afterGap) await hastenRetries(this.#deps.pool)
        await this.#sweep()
      } catch (err) {
        this.#deps.log.warn({ err }, 'sweep failed')
        await delay(1000, undefined, { signal: this.#stopping.signal }).catch(() => {})
      }
      if (this.#again || this.#stopping.signal.aborted) continue
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, this.#deps.config.reconcile.resyncMs)
        this.#soon = () => { clearTimeout(timer); resolve() }
      })
    }
  }

  async #sweep (): Promise<void> {
    const { pool, log, config } = this.#deps
    await inTransaction(pool, async tx => {
      const { rows } = await tx.query<{ free: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS free', [SWEEP_LOCK])
      if (rows[0]?.free !== true) return
      const world = await this.#lookAround()
      // After the world: what was seen there had its tenant before.
      const census = takeCensus(world, await readRegister(pool, config.tenantSubnet))
      const requested = await requestIdle(pool, census.suspects)
      const silent = await requestIdle(pool, await this.#probe(census.toProbe))
      if (requested + silent > 0) log.info({ suspects: requested, silent }, 'tenants to be looked at')
      await this.#removeOrphans(census)
    })
  }

  async #lookAround (): Promise<World> {
    const { engine, databases, config: { masterKey } } = this.#deps
    const [containers, volumes, roles, changed, routes] = await Promise.all([
      engine.list(), engine.volumes(), databases.list(), databases.listChanged(id => databasePassword(masterKey, id)), this.#readRoutes().catch(() => null)
    ])
    return { containers, volumes, roles: new Set(roles), changedRoles: new Set(changed), routes }
  }

  async #readRoutes (): Promise<Map<Hostname, PublishedRoute>> {
    const all = new Map<Hostname, PublishedRoute>()
    for await (const batch of this.#deps.routes.readAll()) for (const [host, route] of batch) all.set(host, route)
    return all
  }

  async #removeOrphans ({ orphanRoutes, orphanContainers, orphanRoles, orphanVolumes, tenants }: Census): Promise<void> {
    const { engine, databases, routes, log } = this.#deps
    for (const { host, tenantId } of orphanRoutes) {
      // Only what was seen: a tenant may have taken the host since.
      await this.#remove('route', host, async () => await routes.withdraw([host], tenantId, Number.MAX_SAFE_INTEGER))
    }
    await Promise.all(orphanContainers.map(async ({ name }) => {
      await this.#remove('container', name, async () => { await engine.stopAndRemove(name, STOP_GRACE_SECONDS) })
    }))
    const data = orphanRoles.length + orphanVolumes.length
    if (data > MAX_ORPHAN_DATA || (data > 0 && tenants === 0)) {
      log.error({ databases: orphanRoles, volumes: orphanVolumes }, 'databases and volumes without a tenant: too many for an accident, left as they are; remove them by hand if they are not wanted')
      return
    }
    for (const tenantId of orphanRoles) await this.#remove('database', tenantId, async () => await databases.drop(tenantId))
    for (const name of orphanVolumes) await this.#remove('volume', name, async () => { await engine.removeVolume(name) })
  }

  /** One that cannot be removed now does not keep the others. */
  async #remove (what: string, name: string, remove: () => Promise<unknown>): Promise<void> {
    try {
      await remove()
      this.#deps.log.warn({ what, name }, 'removed: it belonged to no tenant')
    } catch (err) {
      this.#deps.log.error({ err, what, name }, 'belongs to no tenant and cannot be removed')
    }
  }

  /** Returns the tenants whose instance does not answer. */
  async #probe (targets: Census['toProbe']): Promise<string[]> {
    const silent: string[] = []
    const queue = [...targets]
    await Promise.all(Array.from({ length: PROBE_CONCURRENCY }, async () => {
      for (let target = queue.pop(); target !== undefined; target = queue.pop()) {
        const health = await probeHealth({ address: target.address, port: target.port, path: target.healthPath, timeoutMs: PROBE_TIMEOUT_MS })
        if (!health.healthy) silent.push(target.tenantId)
      }
    }))
    return silent
  }
}
