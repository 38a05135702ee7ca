import type { Logger } from 'pino'
import { openApi } from './api/app.ts'
import { openAuditOwner } from './audit/audit-owner.ts'
import type { Config } from './config.ts'
import { migrateControlDatabase } from './database/migrate-control-database.ts'
import { openPool, untilReachable } from './database/pool.ts'
import { watchEngine } from './queue/engine-watch.ts'
import { Presence } from './queue/presence.ts'
import { Resync } from './queue/resync.ts'
import { Worker } from './queue/worker.ts'
import type { Deps } from './reconcile/pass.ts'
import { reconcileTenant } from './reconcile/reconcile-tenant.ts'
import { PROOF_LEASES } from './releases/proof-store.ts'
import { proveRelease } from './releases/prove-release.ts'
import { openEngine } from './resources/engine.ts'
import { guardLocks } from './resources/lock-guard.ts'
import { openDatabaseReadings } from './resources/database-readings.ts'
import { openPublishedRoutes } from './resources/published-routes.ts'
import { openTenantDatabases } from './resources/tenant-databases.ts'
import { openUsageRecords } from './resources/usage-records.ts'
import { RolloutDriver } from './rollouts/rollout-driver.ts'
import { adoptSettings } from './tenants/settings-store.ts'
import { registerDatabaseServer } from './tenants/database-server-store.ts'
import { Collector } from './usage/collector.ts'
import { Sampler } from './usage/sampler.ts'
import { Dispatcher } from './webhooks/dispatcher.ts'

const POOL_SIZE = 20
/** A proof is as much work as a tenant, and nobody's users wait for it; but one that hangs is not to hold up the others. */
const PROOFS_AT_ONCE = 4

export interface Provisioner { close (): Promise<void> }

/** Opens everything, in the order in which things need each other, and closes it in reverse. */
export async function openProvisioner (config: Config, log: Logger): Promise<Provisioner> {
  const pool = openPool(config.controlDatabase, POOL_SIZE, log)
  await untilReachable(pool, log)
  await migrateControlDatabase(pool, log)
  const auditOwner = openAuditOwner(config, log)
  await auditOwner.establish()
  await registerDatabaseServer(pool, config.databaseServer)
  await adoptSettings(pool, config)
  const databases = openTenantDatabases(config.databaseServer, config.installation, log)
  await databases.harden()
  const presence = new Presence(config.controlDatabase, log)
  await presence.open()

  const deps: Deps = {
    config,
    pool,
    engine: openEngine(config.dockerSocket, config.installation, config.registryAuthFile),
    databases,
    routes: openPublishedRoutes(config.redis, log),
    log
  }
  const resync = new Resync(deps)
  const worker = new Worker({
    pool, presence, log, concurrency: config.reconcile.concurrency, pass: async (lease, signal) => await reconcileTenant(deps, lease, signal)
  })
  const rollouts = new RolloutDriver({ pool, presence, log })
  const prover = new Worker({
    pool, presence, log, concurrency: PROOFS_AT_ONCE, leases: PROOF_LEASES, pass: async (lease, signal) => await proveRelease({ ...deps, presence }, lease, signal)
  })
  const readings = openDatabaseReadings(config.databaseServer, config.installation, log)
  const records = openUsageRecords(config.redis, log)
  const collector = new Collector({ pool, records, readings, sampler: new Sampler(deps.engine, config), log: log.child({ part: 'usage' }) })
  const policy = { allowed: config.webhookAllow, tenantSubnet: config.tenantSubnet.cidr }
  const dispatcher = new Dispatcher({ pool, presence, masterKey: config.masterKey, policy, log: log.child({ part: 'webhooks' }) })
  const stopping = new AbortController()
  const api = await openApi({ config, pool, presence, engine: deps.engine, routes: deps.routes, readings, totals: { usage: () => collector.totals, webhooks: () => dispatcher.totals }, log })

  worker.start()
  rollouts.start()
  prover.start()
  resync.start()
  collector.start()
  dispatcher.start()
  const watching = watchEngine(deps, () => { resync.request() }, stopping.signal)
  const expiring = auditOwner.keepExpiring(stopping.signal)
  const guarding = guardLocks(config.databaseServer, log, stopping.signal)
  deps.routes.onReconnect(() => { resync.request() })
  presence.on('stay', () => { resync.request() })
  log.info({ api: config.api }, 'provisioner ready')

  return {
    async close () {
      await api.close()
      stopping.abort()
      await Promise.all([watching, guarding, expiring, resync.stop(), worker.stop(), prover.stop(), rollouts.stop(), collector.stop(), dispatcher.stop()])
      await presence.close()
      deps.routes.close()
      records.close()
      await readings.close()
      await databases.close()
      await auditOwner.close()
      await pool.end()
    }
  }
}
