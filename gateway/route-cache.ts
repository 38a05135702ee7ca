import type { Hostname } from './hostname.ts'
import { serializeRoute } from './route-record.ts'
import type { Route } from './route-record.ts'

/**
 * The routes that the gateway knows: bounded, without I/O and without a clock of its own (`now` is in milliseconds).
 *
 * How far a known route may be trusted is its standing:
 *
 *   confirmed    read while the invalidation stream ran, and not invalidated since: served as it is
 *   hearsay      invalidated by name, or from an old snapshot: to be read again; absence is believed
 *   unconfirmed  the stream was lost since it was read: to be read again; absence is doubted
 *   missing      absent from Redis although nobody removed it by name: served until `missingUntil`, then gone
 *
 * The rule behind the last two: **a route is given up at once only when Redis names it.** FLUSHALL, or a Redis that
 * comes back empty, names nothing; the provisioner refills it within 30 s, so what was known is kept for the refill
 * grace. Whatever the standing, a route that cannot be read because Redis is away is served as it was last known.
 * While anything is missing Redis is being refilled, and a host that it lacks is not yet an unknown host.
 */
export type Standing = 'confirmed' | 'hearsay' | 'unconfirmed' | 'missing'

export interface KnownRoute {
  readonly route: Route
  readonly standing: Standing
  /** For a missing one: when it is given up. */
  readonly missingUntil: number
  /** When Redis was last asked for it; the asker keeps it. */
  askedAt: number
}

interface Entry extends KnownRoute {
  route: Route
  standing: Standing
  missingUntil: number
  touchedAt: number
}

/** How late an entry may move in the order of eviction: moving it on every hit would cost more than the hit. */
const TOUCH_INTERVAL_MS = 1000

export interface RouteCacheOptions {
  max: number
  refillGraceMs: number
  /**
   * Hears of every route that came, changed or went: `before` is null for a new one, `after` for one that is gone. One that is
   * evicted has only been forgotten, of that nobody hears.
   */
  onChange?: (host: Hostname, before: Route | null, after: Route | null) => void
}

export class RouteCache {
  readonly #max: number
  readonly #refillGraceMs: number
  readonly #onChange: (host: Hostname, before: Route | null, after: Route | null) => void
  /** In order of use, roughly: the first is the next to be evicted. */
  readonly #entries = new Map<Hostname, Entry>()
  #missing = 0
  #refillingUntil = 0

  constructor ({ max, refillGraceMs, onChange = () => {} }: RouteCacheOptions) {
    this.#max = max
    this.#refillGraceMs = refillGraceMs
    this.#onChange = onChange
  }

  get size (): number {
    return this.#entries.size
  }

  refilling (now: number): boolean {
    return this.#missing > 0 && now < this.#refillingUntil
  }

  find (host: Hostname, now: number): KnownRoute | undefined {
    const entry = this.#entries.get(host)
    if (entry === undefined) return undefined
    if (entry.standing === 'missing' && now >= entry.missingUntil) {
      this.#remove(host, entry)
      return undefined
    }
    if (now - entry.touchedAt >= TOUCH_INTERVAL_MS) {
      entry.touchedAt = now
      this.#entries.delete(host)
      this.#entries.set(host, entry)
    }
    return entry
  }

  /** A read found `route`. */
  put (host: Hostname, route: Route, standing: Exclude<Standing, 'missing'>, now: number): void {
    const entry = this.#entries.get(host)
    if (entry === undefined) {
      this.#evict()
      this.#entries.set(host, { route, standing, missingUntil: 0, askedAt: now, touchedAt: now })
      this.#onChange(host, null, route)
      return
    }
    const before = entry.route
    this.#setStanding(entry, standing)
    if (serializeRoute(before) === serializeRoute(route)) return
    entry.route = route
    this.#onChange(host, before, route)
  }

  /** A read found nothing: gone, or missing when absence is doubted. */
  putAbsent (host: Hostname, now: number): void {
    const entry = this.#entries.get(host)
    if (entry === undefined) return
    if (entry.standing === 'unconfirmed') this.#markMissing(entry, now)
    else if (entry.standing !== 'missing') this.#remove(host, entry)
  }

  /** Redis names the host: it was changed or removed. */
  invalidate (host: Hostname): void {
    const entry = this.#entries.get(host)
    if (entry !== undefined) this.#setStanding(entry, 'hearsay')
  }

  drop (host: Hostname): void {
    const entry = this.#entries.get(host)
    if (entry !== undefined) this.#remove(host, entry)
  }

  /** Redis has been emptied, naming nothing. */
  flushed (now: number): void {
    for (const entry of this.#entries.values()) if (entry.standing !== 'missing') this.#markMissing(entry, now)
  }

  streamLost (): void {
    for (const entry of this.#entries.values()) if (entry.standing !== 'missing') this.#setStanding(entry, 'unconfirmed')
  }

  * entries (now: number): Generator<[Hostname, KnownRoute]> {
    for (const [host, entry] of this.#entries) {
      if (entry.standing !== 'missing' || now < entry.missingUntil) yield [host, entry]
    }
  }

  #evict (): void {
    if (this.#entries.size < this.#max) return
    const [host, entry] = this.#entries.entries().next().value as [Hostname, Entry]
    this.#forget(host, entry)
  }

  #remove (host: Hostname, entry: Entry): void {
    this.#forget(host, entry)
    this.#onChange(host, entry.route, null)
  }

  #forget (host: Hostname, entry: Entry): void {
    this.#entries.delete(host)
    if (entry.standing === 'missing') this.#missing--
  }

  #markMissing (entry: Entry, now: number): void {
    this.#setStanding(entry, 'missing')
    entry.missingUntil = now + this.#refillGraceMs
    this.#refillingUntil = entry.missingUntil
  }

  /** The one place where a standing changes, so that the count of missing ones holds. */
  #setStanding (entry: Entry, standing: Standing): void {
    if (entry.standing === 'missing') this.#missing--
    entry.standing = standing
    if (standing === 'missing') this.#missing++
  }
}
