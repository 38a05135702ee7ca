import type { Logger } from 'pino'
import { GatewayError } from './errors.ts'
import type { Hostname } from './hostname.ts'
import { PendingReads } from './pending-reads.ts'
import type { PendingRead } from './pending-reads.ts'
import type { RouteCache, KnownRoute } from './route-cache.ts'
import type { Route } from './route-record.ts'
import { UnreadableRoute } from './route-store.ts'
import type { UnknownHosts } from './unknown-hosts.ts'

/** What the look-up needs of Redis. */
export interface RouteSource {
  readonly armed: boolean
  read: (host: Hostname) => Promise<Route | null>
}

/**
 * Where an answer came from: what is known and current, Redis, or what was known before Redis was lost or emptied; `unknown` is a
 * host that leads nowhere, however that was found out.
 */
export type Answered = 'known' | 'read' | 'stale' | 'unknown'

/** How often Redis is asked again for a route that it has lost, while that is still served. */
const ASK_AGAIN_MS = 1000
/** After so many reads overtaken by changes the last answer has to do. */
const MAX_READS = 3
/** Reads under way at once when everything known is read again. */
const REREAD_BATCH = 100

/**
 * Host → route, from what is known where that may be trusted (route-cache.ts) and from Redis otherwise.
 * Answers at once when it can, and null for a host that leads nowhere.
 * Throws GatewayError `routes_unavailable` when it cannot know.
 */
export class RouteLookup {
  readonly #cache: RouteCache
  readonly #unknown: UnknownHosts
  readonly #source: RouteSource
  readonly #log: Logger
  readonly #now: () => number
  readonly #reads = new PendingReads<Route | null>()
  /** Hosts looked up since the start. */
  readonly answered: Record<Answered, number> = { known: 0, read: 0, stale: 0, unknown: 0 }

  constructor (parts: { cache: RouteCache, unknown: UnknownHosts, source: RouteSource, log: Logger, now?: () => number }) {
    this.#cache = parts.cache
    this.#unknown = parts.unknown
    this.#source = parts.source
    this.#log = parts.log
    this.#now = parts.now ?? Date.now
  }

  lookup (host: Hostname): Route | null | Promise<Route | null> {
    const now = this.#now()
    const known = this.#cache.find(host, now)
    if (known?.standing === 'confirmed') {
      this.answered.known++
      return known.route
    }
    if (known?.standing === 'missing') {
      if (now - known.askedAt >= ASK_AGAIN_MS) this.#refresh(host)
      return this.#stale(known)
    }
    if (known === undefined && this.#unknown.has(host, now)) return this.#nowhere()
    return this.#read(host, known, 1)
  }

  invalidated (host: Hostname): void {
    this.#unknown.delete(host)
    this.#reads.overtake(host)
    if (this.#cache.find(host, this.#now()) === undefined) return
    this.#cache.invalidate(host)
    // At once, not when somebody asks: what is held for the old instance is let go, and a snapshot has the new one.
    this.#refresh(host)
  }

  flushed (): void {
    this.#unknown.clear()
    this.#reads.overtakeAll()
    this.#cache.flushed(this.#now())
  }

  streamLost (): void {
    this.#unknown.clear()
    this.#reads.overtakeAll()
    this.#cache.streamLost()
  }

  /** Reads again whatever is known but not confirmed; stops when the stream is lost again. */
  async reread (): Promise<void> {
    const hosts = [...this.#cache.entries(this.#now())].filter(([, known]) => known.standing !== 'confirmed').map(([host]) => host)
    for (let i = 0; i < hosts.length && this.#source.armed; i += REREAD_BATCH) {
      await Promise.allSettled(hosts.slice(i, i + REREAD_BATCH).map(host => this.#pending(host).answer))
    }
  }

  async #read (host: Hostname, known: KnownRoute | undefined, attempt: number): Promise<Route | null> {
    const pending = this.#pending(host)
    let route: Route | null
    try {
      route = await pending.answer
    } catch (cause) {
      // Redis away: what was known is served as it was. A record that cannot be read is no such case.
      if (known !== undefined && !(cause instanceof UnreadableRoute)) return this.#stale(known)
      throw new GatewayError('routes_unavailable', { cause })
    }
    if (route !== null) {
      this.answered.read++
      return route
    }
    const now = this.#now()
    // Overtaken: something happened to the host meanwhile, so that its absence is no news any more.
    const known2 = this.#cache.find(host, now)
    if (pending.overtaken && attempt < MAX_READS) {
      return known2?.standing === 'missing' ? this.#stale(known2) : await this.#read(host, known2, attempt + 1)
    }
    if (known2 !== undefined) return this.#stale(known2)
    if (this.#cache.refilling(now)) throw new GatewayError('routes_unavailable')
    return this.#nowhere()
  }

  #stale (known: KnownRoute): Route {
    this.answered.stale++
    return known.route
  }

  #nowhere (): null {
    this.answered.unknown++
    return null
  }

  #refresh (host: Hostname): void {
    this.#pending(host).answer.catch(() => {})
  }

  #pending (host: Hostname): PendingRead<Route | null> {
    const pending = this.#reads.find(host)
    if (pending !== undefined) return pending
    const now = this.#now()
    const known = this.#cache.find(host, now)
    if (known !== undefined) known.askedAt = now
    return this.#reads.begin(host, this.#source.armed, read => this.#ask(read))
  }

  async #ask (read: PendingRead<Route | null>): Promise<Route | null> {
    const { host } = read
    let route: Route | null
    try {
      route = await this.#source.read(host)
    } catch (cause) {
      if (cause instanceof UnreadableRoute) {
        this.#log.error({ host }, 'Record in Redis is not a route')
        if (!read.overtaken) this.#cache.drop(host)
      }
      throw cause
    }
    if (read.overtaken) return route
    const now = this.#now()
    if (route !== null) {
      this.#unknown.delete(host)
      this.#cache.put(host, route, read.streaming ? 'confirmed' : 'unconfirmed', now)
    } else {
      this.#cache.putAbsent(host, now)
      if (read.streaming && this.#cache.find(host, now) === undefined && !this.#cache.refilling(now)) this.#unknown.add(host, now)
    }
    return route
  }
}
