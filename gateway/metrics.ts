import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Ending } from './access-log.ts'
import { Counts, Durations } from './counters.ts'
import type { ProblemCode } from './errors.ts'
import type { Exchange } from './exchange.ts'

/** What the gauges show; asked only when somebody scrapes. */
export interface Gauges {
  routesKnown: () => number
  hostsUnknown: () => number
  routesConnected: () => boolean
  routesRefilling: () => boolean
  upstreams: () => number
  tunnels: () => number
  held: () => number
}

const CLASSES = [undefined, '1xx', '2xx', '3xx', '4xx', '5xx'] as const
type StatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'other'

/** Prometheus metrics. No label has a tenant's or a client's text in it, so their number is bounded. */
export class Metrics {
  readonly registry = new Registry()
  readonly #requests: Counts<StatusClass>
  readonly #problems: Counts<ProblemCode>
  readonly #cuts: Counts<'client' | 'tenant'>
  readonly #bytes: Counts<'received' | 'sent'>
  readonly #seconds: Durations
  #inFlight = 0

  constructor () {
    collectDefaultMetrics({ register: this.registry })
    this.#requests = new Counts(this.registry, 'berth_gateway_requests_total', 'Requests by class of status', 'status')
    this.#problems = new Counts(this.registry, 'berth_gateway_problems_total', 'Requests that the gateway answered itself', 'code')
    this.#cuts = new Counts(this.registry, 'berth_gateway_cut_total', 'Requests that were broken off', 'by')
    this.#bytes = new Counts(this.registry, 'berth_gateway_body_bytes_total', 'Bytes of bodies passed on', 'direction')
    this.#seconds = new Durations(this.registry, 'berth_gateway_request_seconds', 'Time from the head of a request to the end of its answer')
    this.#gauge('berth_gateway_requests_in_flight', 'Requests under way', () => this.#inFlight)
  }

  observe (gauges: Gauges): void {
    this.#gauge('berth_gateway_routes_known', 'Routes in the cache', gauges.routesKnown)
    this.#gauge('berth_gateway_hosts_unknown', 'Hosts remembered as unknown', gauges.hostsUnknown)
    this.#gauge('berth_gateway_routes_connected', '1 while routes can be read and changes to them are heard', () => Number(gauges.routesConnected()))
    this.#gauge('berth_gateway_routes_refilling', '1 while Redis lacks routes that nobody removed', () => Number(gauges.routesRefilling()))
    this.#gauge('berth_gateway_upstreams', 'Instances with a connection pool', gauges.upstreams)
    this.#gauge('berth_gateway_requests_held', 'Requests that wait for their instance to be exchanged', gauges.held)
    this.#gauge('berth_gateway_websockets', 'WebSockets open', gauges.tunnels)
  }

  begin (): void {
    this.#inFlight++
  }

  end ({ problem, bytesReceived, bytesSent }: Pick<Exchange, 'problem' | 'bytesReceived' | 'bytesSent'>, { status, cutBy, durationMs }: Ending): void {
    this.#inFlight--
    this.#requests.add(CLASSES[Math.floor(status / 100)] ?? 'other')
    this.#seconds.observe(durationMs / 1000)
    if (bytesReceived > 0) this.#bytes.add('received', bytesReceived)
    if (bytesSent > 0) this.#bytes.add('sent', bytesSent)
    if (problem !== null) this.#problems.add(problem)
    if (cutBy !== null) this.#cuts.add(cutBy)
  }

  /** What never became a request. */
  refused (code: ProblemCode): void {
    this.#problems.add(code)
  }

  #gauge (name: string, help: string, value: () => number): void {
    // prom-client calls `collect` with the gauge as `this`.
    this.registry.registerMetric(new Gauge({ name, help, registers: [], collect () { this.set(value()) } }))
  }
}
