import type { Ending } from './access-log.ts'
import type { Exchange } from './exchange.ts'
import type { Route } from './route-record.ts'
import { bucketOf, USAGE_BUCKETS } from './usage-record.ts'
import type { TenantUsage } from './usage-record.ts'

/** What one tenant used since it was last taken: numbers on an object. */
class Counts {
  readonly tenantId: string
  requests = 0
  errors = 0
  bytesIn = 0
  bytesOut = 0
  readonly latency = new Uint32Array(USAGE_BUCKETS)

  constructor (tenantId: string) {
    this.tenantId = tenantId
  }

  take (): TenantUsage {
    const { tenantId, requests, errors, bytesIn, bytesOut } = this
    let last = USAGE_BUCKETS
    while (last > 0 && this.latency[last - 1] === 0) last--
    const latency = [...this.latency.subarray(0, last)]
    this.requests = this.errors = this.bytesIn = this.bytesOut = 0
    this.latency.fill(0)
    return { tenantId, requests, errors, bytesIn, bytesOut, latency }
  }
}

/** Counts what tenants use, of all of them: a request costs additions, and no look-up of a name. Pure. */
export class UsageCounts {
  readonly #counts = new Map<string, Counts>()
  /** Found by the route itself. */
  #byRoute = new WeakMap<Route, Counts>()

  end (route: Route, { bytesReceived, bytesSent }: Pick<Exchange, 'bytesReceived' | 'bytesSent'>, { status, durationMs }: Pick<Ending, 'status' | 'durationMs'>): void {
    const counts = this.#byRoute.get(route) ?? this.#find(route)
    counts.requests++
    if (status >= 500) counts.errors++
    counts.bytesIn += bytesReceived
    counts.bytesOut += bytesSent
    // A WebSocket lasts as long as somebody looks at it, which says nothing about the tenant.
    if (status === 101) return
    const bucket = bucketOf(durationMs)
    counts.latency[bucket] = (counts.latency[bucket] as number) + 1
  }

  /** What was used since the last call, by those who used anything. Who used nothing is forgotten. */
  take (): TenantUsage[] {
    const used: TenantUsage[] = []
    let forgotten = false
    for (const counts of this.#counts.values()) {
      if (counts.requests > 0) {
        used.push(counts.take())
        continue
      }
      this.#counts.delete(counts.tenantId)
      forgotten = true
    }
    // Whoever was forgotten must not be counted where nobody looks.
    if (forgotten) this.#byRoute = new WeakMap()
    return used
  }

  #find (route: Route): Counts {
    let counts = this.#counts.get(route.tenantId)
    if (counts === undefined) this.#counts.set(route.tenantId, counts = new Counts(route.tenantId))
    this.#byRoute.set(route, counts)
    return counts
  }
}
