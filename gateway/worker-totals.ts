import { AggregatorRegistry, Gauge, Registry } from 'prom-client'
import { register } from './counters.ts'
import type { Sample } from './counters.ts'
import { OTHER } from './tenant-metrics.ts'
import type { MetricReport } from './worker-link.ts'

type Labels = Sample['labels']

interface Total {
  readonly sample: Sample
  readonly tenant: string | undefined
}

interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'histogram'
  readonly totals: Map<string, Total>
}

/**
 * The metrics of all workers as those of one gateway.
 *
 *   counters, histograms   sums of what each worker has added since its last report: they never go back when a worker ends, which
 *                          Prometheus would take for a restart of everything. What it counted after its last report is lost.
 *   gauges                 of the workers that run, put together as each says (prom-client's `aggregator`)
 *   tenants                `maxTenants` by name over all workers, though each names its own: the others are added to those without a
 *                          name, and stay there until no worker reports them any more
 */
export class WorkerTotals {
  readonly #maxTenants: number
  readonly #reports = new Map<number, MetricReport>()
  /** What a series of a worker stood at when it last reported. */
  readonly #last = new Map<number, Map<string, number>>()
  readonly #families = new Map<string, Family>()
  /** Whether a tenant that some worker reports goes by its name here. */
  readonly #named = new Map<string, boolean>()

  constructor (maxTenants: number) {
    this.#maxTenants = maxTenants
  }

  /** What worker `number` says now. */
  report (number: number, report: MetricReport): void {
    this.#reports.set(number, report)
    const before = this.#last.get(number) ?? new Map<string, number>()
    const after = new Map<string, number>()
    for (const metric of report) {
      const { name, help } = metric
      const type = kindOf(metric.type)
      if (type === null) continue
      const family = this.#families.get(name) ?? { name, help, type, totals: new Map() }
      this.#families.set(name, family)
      for (const { metricName = name, labels, value } of metric.values as unknown as Sample[]) {
        const key = keyOf(metricName, labels)
        const last = before.get(key) ?? 0
        after.set(key, value)
        // Less than before: it began again.
        this.#add(family, metricName, labels, value >= last ? value - last : value)
      }
    }
    this.#last.set(number, after)
    this.#forgetTenants()
  }

  /** Worker `number` has ended: the next in its place begins at zero. */
  ended (number: number): void {
    this.#reports.delete(number)
    this.#last.delete(number)
  }

  /** In the text form of Prometheus. */
  async text (): Promise<string> {
    const registry = new Registry()
    for (const { name, help, type, totals } of this.#families.values()) {
      register(registry, name, help, type, () => [...totals.values()].map(({ sample }) => sample))
    }
    const gauges = [...this.#reports.values()].map(report => report.filter(({ type }) => kindOf(type) === null))
    return await registry.metrics() + await AggregatorRegistry.aggregate(gauges).metrics()
  }

  #add (family: Family, metricName: string, labels: Labels, value: number): void {
    const { tenant } = labels
    const shown = tenant === undefined || this.#hasName(String(tenant)) ? labels : { ...labels, tenant: OTHER }
    const key = keyOf(metricName, shown)
    let total = family.totals.get(key)
    if (total === undefined) {
      total = { sample: { metricName, labels: shown, value: 0 }, tenant: shown.tenant as string | undefined }
      family.totals.set(key, total)
    }
    total.sample.value += value
  }

  #hasName (tenant: string): boolean {
    if (tenant === OTHER) return true
    let named = this.#named.get(tenant)
    if (named === undefined) {
      named = [...this.#named.values()].filter(Boolean).length < this.#maxTenants
      this.#named.set(tenant, named)
    }
    return named
  }

  /** Those that no worker reports any more make room. */
  #forgetTenants (): void {
    const reported = new Set<string>()
    for (const report of this.#reports.values()) {
      for (const { name, values } of report) {
        if (name === 'berth_gateway_tenant_requests_total') for (const { labels } of values) reported.add(String(labels.tenant))
      }
    }
    for (const [tenant, named] of this.#named) {
      if (reported.has(tenant)) continue
      this.#named.delete(tenant)
      if (!named) continue
      for (const { totals } of this.#families.values()) {
        for (const [key, total] of totals) if (total.tenant === tenant) totals.delete(key)
      }
    }
  }
}

/** Gauges of the primary's own, in a registry of their own. */
export function primaryRegistry (gauges: { serving: () => number, restarted: () => number }): Registry {
  const registry = new Registry()
  registry.registerMetric(new Gauge({ name: 'berth_gateway_workers', help: 'Workers that take requests', registers: [], collect () { this.set(gauges.serving()) } }))
  register(registry, 'berth_gateway_worker_restarts_total', 'Times that a worker was started again', 'counter', () => [{ labels: {}, value: gauges.restarted() }])
  return registry
}

/** prom-client's types are numbers, its objects have words. */
function kindOf (type: unknown): 'counter' | 'histogram' | null {
  return type === 'counter' || type === 'histogram' ? type : null
}

function keyOf (metricName: string, labels: Labels): string {
  return `${metricName} ${JSON.stringify(labels)}`
}
