import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Ending } from './access-log.ts'
import { Counts, Durations, register } from './counters.ts'
import type { ProblemCode } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { Answered } from './route-lookup.ts'
import { TenantMetrics } from './tenant-metrics.ts'
import type { UsageTotals } from './usage.ts'

/** What the gauges show; asked only when somebody scrapes. */
export interface Gauges {
  routesKnown: () => number
  hostsUnknown: () => number
  routesConnected: () => boolean
  routesRefilling: () => boolean
  lookups: () => Readonly<Record<Answered, number>>
  upstreams: () => number
  circuitsOpen: () => number
  tunnels: () => number
  held: () => number
  usage: () => Readonly<UsageTotals>
}

const CLASSES = [undefined, '1xx', '2xx', '3xx', '4xx', '5xx'] as const
type StatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'other'

/** What all processes of a gateway together show of a gauge. */
type Aggregator = 'sum' | 'min' | 'max'

/** Prometheus metrics. No label has a client's text in it, and of tenants so many as the settings say: their number is bounded. */
export class Metrics {
  readonly registry = new Registry()
  readonly #requests: Counts<StatusClass>
  readonly #problems: Counts<ProblemCode>
  readonly #cuts: Counts<'client' | 'tenant'>
  readonly #bytes: Counts<'received' | 'sent'>
  readonly #seconds: Durations
  readonly #tenants: TenantMetrics | null
  #inFlight = 0

  /** Tenants have metrics of their own up to `maxTenants`; 0: none has. */
  constructor (maxTenants: number) {
    collectDefaultMetrics({ register: this.registry })
    this.#requests = new Counts(this.registry, 'berth_gateway_requests_total', 'Requests by class of status', 'status')
    this.#problems = new Counts(this.registry, 'berth_gateway_problems_total', 'Requests that the gateway answered itself', 'code')
    this.#cuts = new Counts(this.registry, 'berth_gateway_cut_total', 'Requests that were broken off', 'by')
    this.#bytes = new Counts(this.registry, 'berth_gateway_body_bytes_total', 'Bytes of bodies passed on', 'direction')
    this.#seconds = new Durations(this.registry, 'berth_gateway_request_seconds', 'Time from the head of a request to the end of its answer')
    this.#tenants = maxTenants === 0 ? null : new TenantMetrics(this.registry, maxTenants)
    this.#gauge('berth_gateway_requests_in_flight', 'Requests under way', () => this.#inFlight)
  }

  observe (gauges: Gauges): void {
    this.#gauge('berth_gateway_routes_known', 'Routes in the cache', gauges.routesKnown, 'max')
    this.#gauge('berth_gateway_hosts_unknown', 'Hosts remembered as unknown', gauges.hostsUnknown, 'max')
    this.#gauge('berth_gateway_routes_connected', '1 while routes can be read and changes to them are heard', () => Number(gauges.routesConnected()), 'min')
    this.#gauge('berth_gateway_routes_refilling', '1 while Redis lacks routes that nobody removed', () => Number(gauges.routesRefilling()), 'max')
    this.#gauge('berth_gateway_upstreams', 'Instances with a connection pool', gauges.upstreams, 'max')
    this.#gauge('berth_gateway_circuits_open', 'Instances that are not asked because they could not be reached', gauges.circuitsOpen, 'max')
    this.#gauge('berth_gateway_requests_held', 'Requests that wait for their instance to be exchanged', gauges.held)
    this.#gauge('berth_gateway_websockets', 'WebSockets open', gauges.tunnels)
    register(this.registry, 'berth_gateway_route_lookups_total', 'Hosts looked up, by where the answer came from', 'counter', () =>
      Object.entries(gauges.lookups()).map(([result, value]) => ({ labels: { result }, value })))
    register(this.registry, 'berth_gateway_usage_records_total', 'Records of what tenants used, by whether Redis took them', 'counter', () =>
      Object.entries(gauges.usage()).map(([result, value]) => ({ labels: { result }, value })))
  }

  begin (): void {
    this.#inFlight++
  }

  end (exchange: Pick<Exchange, 'problem' | 'bytesReceived' | 'bytesSent' | 'route'>, ending: Ending): void {
    const { problem, bytesReceived, bytesSent, route } = exchange
    const { status, cutBy, durationMs } = ending
    this.#inFlight--
    this.#requests.add(CLASSES[Math.floor(status / 100)] ?? 'other')
    this.#seconds.observe(durationMs / 1000)
    if (bytesReceived > 0) this.#bytes.add('received', bytesReceived)
    if (bytesSent > 0) this.#bytes.add('sent', bytesSent)
    if (problem !== null) this.#problems.add(problem)
    if (cutBy !== null) this.#cuts.add(cutBy)
    if (route !== null && this.#tenants !== null) this.#tenants.end(route, exchange, ending)
  }

  /** What never became a request. */
  refused (code: ProblemCode): void {
    this.#problems.add(code)
  }

  #gauge (name: string, help: string, value: () => number, aggregator: Aggregator = 'sum'): void {
    // prom-client calls `collect` with the gauge as `this`.
    this.registry.registerMetric(new Gauge({ name, help, aggregator, registers: [], collect () { this.set(value()) } }))
  }
}
