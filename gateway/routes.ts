import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { Hostname } from './hostname.ts'
import { RouteCache } from './route-cache.ts'
import { RouteLookup } from './route-lookup.ts'
import type { Route } from './route-record.ts'
import { RouteSnapshot } from './route-snapshot.ts'
import { RouteStore } from './route-store.ts'
import { UnknownHosts } from './unknown-hosts.ts'

/** How often the snapshot is marked as current while changes are heard. */
const SNAPSHOT_TOUCH_MS = 10_000

export interface Routes {
  lookup: RouteLookup['lookup']
  /** Routes can be read, and changes to them are heard. */
  readonly connected: boolean
  readonly known: number
  readonly unknown: number
  readonly refilling: boolean
  readonly answered: RouteLookup['answered']
  close: () => Promise<void>
}

/**
 * Puts together what is known (cache, unknown hosts), where it comes from (store) and where it is kept (snapshot).
 * Resolves when routes can be looked up: changes are heard, or Redis is away and the snapshot has to do.
 * Whoever shares the snapshot with others and does not keep it only reads it. `onMoved` hears of each route that has changed, or gone.
 */
export async function openRoutes (config: Pick<Config, 'redis' | 'routes'>, log: Logger, keepsSnapshot: boolean, onMoved: (host: Hostname, before: Route, after: Route | null) => void): Promise<Routes> {
  const { max, unknownMax, unknownTtlMs, refillGraceMs, snapshotFile } = config.routes
  const snapshot = snapshotFile === '' ? null : new RouteSnapshot(snapshotFile, currentRoutes, log)
  const kept = keepsSnapshot ? snapshot : null
  const unknown = new UnknownHosts(unknownMax, unknownTtlMs)
  const cache = new RouteCache({
    max,
    refillGraceMs,
    onChange: (host, before, after) => {
      kept?.schedule()
      if (before !== null) onMoved(host, before, after)
    }
  })
  const store = new RouteStore(config.redis, {
    onArmed: () => { lookup.reread() },
    onReadable: () => { lookup.reread() },
    onLost: () => { lookup.streamLost() },
    onInvalidated: host => { lookup.invalidated(host) },
    onFlushed: () => { lookup.flushed() }
  }, log)
  const lookup = new RouteLookup({ cache, unknown, source: store, log })

  function * currentRoutes () {
    for (const [host, { route }] of cache.entries(Date.now())) yield [host, route] as [typeof host, Route]
  }

  if (snapshot !== null) {
    const { routes, ageMs } = await snapshot.read()
    // A route that is absent from Redis was removed while nobody listened, unless nobody listened for moments only:
    // then it may as well be that Redis has just been emptied.
    const standing = ageMs <= refillGraceMs ? 'unconfirmed' : 'hearsay'
    for (const [host, route] of routes.slice(-max)) cache.put(host, route, standing, Date.now())
    if (routes.length > 0) log.info({ routes: routes.length, standing }, 'Routes read from the snapshot')
  }
  const touching = setInterval(() => { if (store.armed) kept?.touch() }, SNAPSHOT_TOUCH_MS).unref()
  await store.start()

  return {
    lookup: host => lookup.lookup(host),
    get connected () { return store.armed && store.readable },
    get known () { return cache.size },
    get unknown () { return unknown.size },
    get refilling () { return cache.refilling(Date.now()) },
    answered: lookup.answered,
    close: async () => {
      clearInterval(touching)
      if (store.armed) await kept?.touch()
      store.close()
      await kept?.flush()
    }
  }
}
