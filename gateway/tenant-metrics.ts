import type { Registry } from 'prom-client'
import type { Ending } from './access-log.ts'
import { register } from './counters.ts'
import type { Sample } from './counters.ts'
import type { Exchange } from './exchange.ts'
import type { Route } from './route-record.ts'

/** Under this name goes whoever has none of its own; no tenant's ID looks like it. */
export const OTHER = 'other'

const CLASSES = ['other', '1xx', '2xx', '3xx', '4xx', '5xx'] as const
/** Upper bounds in seconds, few of them: each is a series for each tenant. */
const BOUNDS = [0.1, 0.5, 2.5, 10] as const
const [FIRST, SECOND, THIRD, FOURTH] = BOUNDS

const IDLE_MS = 3_600_000
const SWEEP_MS = 60_000

/** What is counted of one tenant: numbers on an object, so that a request costs additions and no look-up of labels. */
class TenantCounts {
  readonly requests = [0, 0, 0, 0, 0, 0]
  readonly buckets = [0, 0, 0, 0, 0]
  seconds = 0
  received = 0
  sent = 0
  total = 0
  /** `total` at the last sweep that found it changed, and when that was. */
  seen = 0
  activeAt: number

  constructor (now: number) {
    this.activeAt = now
  }

  add (status: number, durationMs: number, received: number, sent: number): void {
    this.total++
    const kind = status > 99 && status < 600 ? status / 100 | 0 : 0
    this.requests[kind] = (this.requests[kind] as number) + 1
    this.received += received
    this.sent += sent
    // A WebSocket lasts as long as somebody looks at it, which says nothing about the tenant.
    if (status === 101) return
    const seconds = durationMs / 1000
    const bucket = seconds <= FIRST ? 0 : seconds <= SECOND ? 1 : seconds <= THIRD ? 2 : seconds <= FOURTH ? 3 : 4
    this.buckets[bucket] = (this.buckets[bucket] as number) + 1
    this.seconds += seconds
  }
}

/**
 * Metrics by tenant, of `max` tenants at most by their own name: first come, first named. The others share one name. Who has not been
 * asked for an hour gives its name up; when it comes back its counters begin again, as after a restart.
 */
export class TenantMetrics {
  readonly #max: number
  readonly #now: () => number
  readonly #named = new Map<string, TenantCounts>()
  readonly #other: TenantCounts
  /** Found by the route itself; begun anew when names change hands. */
  #byRoute = new WeakMap<Route, TenantCounts>()
  #sweptAt: number

  constructor (registry: Registry, max: number, now: () => number = () => performance.now()) {
    this.#max = max
    this.#now = now
    this.#sweptAt = now()
    this.#other = new TenantCounts(this.#sweptAt)
    const metric = (name: string, help: string, type: 'counter' | 'histogram', samples: (labels: { tenant: string }, counts: TenantCounts) => Sample[]) => {
      register(registry, name, help, type, () => [...this.#rows()].flatMap(([tenant, counts]) => samples({ tenant }, counts)))
    }
    metric('berth_gateway_tenant_requests_total', 'Requests by tenant and class of status', 'counter', (labels, { requests }) =>
      requests.flatMap((value, kind) => value === 0 ? [] : [{ labels: { ...labels, status: CLASSES[kind] as string }, value }]))
    metric('berth_gateway_tenant_body_bytes_total', 'Bytes of bodies passed on, by tenant', 'counter', (labels, { received, sent }) => [
      { labels: { ...labels, direction: 'received' }, value: received },
      { labels: { ...labels, direction: 'sent' }, value: sent }
    ])
    const name = 'berth_gateway_tenant_request_seconds'
    metric(name, 'Time from the head of a request to the end of its answer, by tenant, without WebSockets', 'histogram', (labels, { buckets, seconds }) => {
      let count = 0
      const samples = buckets.map((value, i): Sample => {
        count += value
        return { labels: { ...labels, le: BOUNDS[i] ?? '+Inf' }, value: count, metricName: `${name}_bucket` }
      })
      return [...samples, { labels, value: seconds, metricName: `${name}_sum` }, { labels, value: count, metricName: `${name}_count` }]
    })
  }

  /** Tenants with a name of their own. */
  get size (): number {
    return this.#named.size
  }

  end (route: Route, { bytesReceived, bytesSent }: Pick<Exchange, 'bytesReceived' | 'bytesSent'>, { status, durationMs }: Ending): void {
    const counts = this.#byRoute.get(route) ?? this.#find(route)
    counts.add(status, durationMs, bytesReceived, bytesSent)
  }

  #find (route: Route): TenantCounts {
    this.#sweep()
    let counts = this.#named.get(route.tenantId)
    if (counts === undefined && this.#named.size < this.#max) {
      counts = new TenantCounts(this.#now())
      this.#named.set(route.tenantId, counts)
    }
    counts ??= this.#other
    this.#byRoute.set(route, counts)
    return counts
  }

  /** Looks for who was idle: at most once a minute, when somebody needs a name or reads. */
  #sweep (): void {
    const now = this.#now()
    if (now - this.#sweptAt < SWEEP_MS) return
    this.#sweptAt = now
    const before = this.#named.size
    for (const [tenant, counts] of this.#named) {
      if (counts.total !== counts.seen) {
        counts.seen = counts.total
        counts.activeAt = now
      } else if (now - counts.activeAt >= IDLE_MS) this.#named.delete(tenant)
    }
    // Whoever shared a name may have one now, and whoever lost one must not be counted under it any more.
    if (this.#named.size < before) this.#byRoute = new WeakMap()
  }

  * #rows (): Generator<[string, TenantCounts]> {
    this.#sweep()
    yield * this.#named
    if (this.#other.total > 0) yield [OTHER, this.#other]
  }
}
