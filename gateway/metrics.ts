import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Ending } from './access-log.ts'
import type { ProblemCode } from './errors.ts'

/** What the gauges show; asked only when somebody scrapes. */
export interface Gauges {
  routesKnown: () => number
  hostsUnknown: () => number
  routesConnected: () => boolean
  routesRefilling: () => boolean
  upstreams: () => number
  tunnels: () => number
}

/** Prometheus metrics. No label has a tenant's or a client's text in it, so their number is bounded. */
export class Metrics {
  readonly registry = new Registry()
  readonly #requests: Counter<'status'>
  readonly #problems: Counter<'code'>
  readonly #cuts: Counter<'by'>
  readonly #seconds: Histogram
  #inFlight = 0

  constructor () {
    const registers = [this.registry]
    collectDefaultMetrics({ register: this.registry })
    this.#requests = new Counter({ name: 'berth_gateway_requests_total', help: 'Requests by class of status', labelNames: ['status'], registers })
    this.#problems = new Counter({ name: 'berth_gateway_problems_total', help: 'Requests that the gateway answered itself', labelNames: ['code'], registers })
    this.#cuts = new Counter({ name: 'berth_gateway_cut_total', help: 'Requests that were broken off', labelNames: ['by'], registers })
    this.#seconds = new Histogram({ name: 'berth_gateway_request_seconds', help: 'Time from the head of a request to the end of its answer', registers })
    this.#gauge('berth_gateway_requests_in_flight', 'Requests under way', () => this.#inFlight)
  }

  observe (gauges: Gauges): void {
    this.#gauge('berth_gateway_routes_known', 'Routes in the cache', gauges.routesKnown)
    this.#gauge('berth_gateway_hosts_unknown', 'Hosts remembered as unknown', gauges.hostsUnknown)
    this.#gauge('berth_gateway_routes_connected', '1 while routes can be read and changes to them are heard', () => Number(gauges.routesConnected()))
    this.#gauge('berth_gateway_routes_refilling', '1 while Redis lacks routes that nobody removed', () => Number(gauges.routesRefilling()))
    this.#gauge('berth_gateway_upstreams', 'Instances with a connection pool', gauges.upstreams)
    this.#gauge('berth_gateway_websockets', 'WebSockets open', gauges.tunnels)
  }

  begin (): void {
    this.#inFlight++
  }

  end ({ status, cutBy }: Ending, problem: ProblemCode | null, durationMs: number): void {
    this.#inFlight--
    this.#requests.inc({ status: `${Math.floor(status / 100)}xx` })
    this.#seconds.observe(durationMs / 1000)
    if (problem !== null) this.#problems.inc({ code: problem })
    if (cutBy !== null) this.#cuts.inc({ by: cutBy })
  }

  /** What never became a request. */
  refused (code: ProblemCode): void {
    this.#problems.inc({ code })
  }

  #gauge (name: string, help: string, value: () => number): void {
    // prom-client calls `collect` with the gauge as `this`.
    this.registry.registerMetric(new Gauge({ name, help, registers: [], collect () { this.set(value()) } }))
  }
}
