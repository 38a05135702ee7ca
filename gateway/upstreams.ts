import type { Config } from './config.ts'
import { effectiveLimits } from './limits.ts'
import type { Limits } from './limits.ts'
import type { Route } from './route-record.ts'
import { CHECK_MS, Upstream } from './upstream.ts'

export type ActiveRoute = Extract<Route, { state: 'active' }>

/** An instance that has not been used for this long is forgotten at the next sweep. */
const IDLE_MS = 60_000

/**
 * The connections to all instances, by instance and address. An address that passes to another instance gets connections
 * of its own, so that none, however old, ever carries a request of another tenant.
 */
export class Upstreams {
  readonly #defaults: Limits
  readonly #timeouts: Config['upstream']
  readonly #upstreams = new Map<string, Upstream>()
  /** Where each route leads: found by the route itself, without a key. */
  readonly #byRoute = new WeakMap<ActiveRoute, Upstream>()
  /** Retired ones with something still under way. */
  readonly #leaving = new Set<Upstream>()
  readonly #clock = { now: performance.now() }
  readonly #checking: NodeJS.Timeout

  constructor (defaults: Limits, timeouts: Config['upstream']) {
    this.#defaults = defaults
    this.#timeouts = timeouts
    this.#checking = setInterval(() => { this.#check() }, CHECK_MS).unref()
  }

  get size (): number {
    return this.#upstreams.size
  }

  /** Instances that could not be reached, and have not answered since. */
  get failing (): number {
    let failing = 0
    for (const upstream of this.#upstreams.values()) if (upstream.failing) failing++
    return failing
  }

  /** The connections to the instance that `route` leads to. */
  of (route: ActiveRoute): Upstream {
    const known = this.#byRoute.get(route)
    if (known !== undefined && !known.retired) return known
    const key = keyOf(route)
    let upstream = this.#upstreams.get(key)
    if (upstream === undefined) {
      upstream = new Upstream(route, key, this.#defaults, this.#timeouts, this.#clock)
      this.#upstreams.set(key, upstream)
    }
    upstream.limits = effectiveLimits(this.#defaults, route.limits)
    this.#byRoute.set(route, upstream)
    return upstream
  }

  /** A route has changed, or gone: to an instance that it led to before, and leads to no more, nothing new goes. */
  moved (before: Route, after: Route | null): void {
    if (before.state !== 'active') return
    const key = keyOf(before)
    if (after?.state === 'active' && keyOf(after) === key) return
    const upstream = this.#upstreams.get(key)
    if (upstream !== undefined) this.#retire(upstream)
  }

  /** Ends what is still under way. */
  destroy (): void {
    clearInterval(this.#checking)
    for (const upstream of [...this.#upstreams.values(), ...this.#leaving]) upstream.destroy()
    this.#upstreams.clear()
    this.#leaving.clear()
  }

  #check (): void {
    const now = performance.now()
    this.#clock.now = now
    for (const upstream of this.#upstreams.values()) {
      upstream.check()
      if (now - upstream.usedAt >= IDLE_MS) this.#retire(upstream)
    }
    for (const upstream of this.#leaving) {
      upstream.check()
      if (!upstream.busy) this.#leaving.delete(upstream)
    }
  }

  #retire (upstream: Upstream): void {
    this.#upstreams.delete(upstream.key)
    upstream.retire()
    if (upstream.busy) this.#leaving.add(upstream)
  }
}

function keyOf ({ instance, upstream: { address, port } }: ActiveRoute): string {
  return `${instance} ${address}:${port}`
}
