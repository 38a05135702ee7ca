import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Pool } from '../database/pool.ts'
import type { Presence } from '../queue/presence.ts'
import type { DatabaseReadings } from '../resources/database-readings.ts'
import type { Engine } from '../resources/engine.ts'
import type { PublishedRoutes } from '../resources/published-routes.ts'
import type { CollectorTotals } from '../usage/collector.ts'
import type { Result } from '../webhooks/delivery-store.ts'

/** What the API is given. It closes none of it. */
export interface ApiDeps {
  config: Config
  pool: Pool
  presence: Presence
  engine: Engine
  routes: Pick<PublishedRoutes, 'ping'>
  readings: Pick<DatabaseReadings, 'load'>
  /** What this process has done so far, for its metrics. */
  totals: { usage: () => CollectorTotals, webhooks: () => Record<Result, number> }
  log: Logger
}

/** What every part of the API works with. */
export interface ApiOptions extends ApiDeps {
  /** Aborts when the API closes: whoever waits or streams then comes to an end. */
  closing: AbortSignal
}
