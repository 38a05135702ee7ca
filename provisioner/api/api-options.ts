import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Pool } from '../database/pool.ts'
import type { Presence } from '../queue/presence.ts'
import type { Engine } from '../resources/engine.ts'
import type { PublishedRoutes } from '../resources/published-routes.ts'

/** What the API is given. It closes none of it. */
export interface ApiDeps {
  config: Config
  pool: Pool
  presence: Presence
  engine: Engine
  routes: Pick<PublishedRoutes, 'ping'>
  log: Logger
}

/** What every part of the API works with. */
export interface ApiOptions extends ApiDeps {
  /** Aborts when the API closes: whoever waits or streams then comes to an end. */
  closing: AbortSignal
}
