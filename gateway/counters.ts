import type { Registry } from 'prom-client'

/** What a registry needs of a metric; prom-client's own look a set of labels up for each count. */
export interface Sample {
  labels: Record<string, string | number>
  value: number
  metricName?: string
}

/** Counts under a few labels that are known beforehand or bounded by the caller; read when somebody scrapes. */
export class Counts<K extends string> {
  readonly #label: string
  readonly #counts = new Map<K, number>()

  constructor (registry: Registry, name: string, help: string, label: string) {
    this.#label = label
    register(registry, name, help, 'counter', () => [...this.#counts].map(([key, value]) => ({ labels: { [this.#label]: key }, value })))
  }

  add (key: K, count = 1): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count)
  }
}

/** A histogram of durations in seconds, with the buckets of prom-client. */
export class Durations {
  static readonly BOUNDS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
  readonly #buckets = new Float64Array(Durations.BOUNDS.length + 1)
  #sum = 0
  #count = 0

  constructor (registry: Registry, name: string, help: string) {
    register(registry, name, help, 'histogram', () => {
      let total = 0
      const samples: Sample[] = []
      for (const [i, le] of Durations.BOUNDS.entries()) {
        total += this.#buckets[i] as number
        samples.push({ labels: { le }, value: total, metricName: `${name}_bucket` })
      }
      return [
        ...samples,
        { labels: { le: '+Inf' }, value: this.#count, metricName: `${name}_bucket` },
        { labels: {}, value: this.#sum, metricName: `${name}_sum` },
        { labels: {}, value: this.#count, metricName: `${name}_count` }
      ]
    })
  }

  observe (seconds: number): void {
    let i = 0
    while (i < Durations.BOUNDS.length && seconds > (Durations.BOUNDS[i] as number)) i++
    this.#buckets[i] = (this.#buckets[i] as number) + 1
    this.#sum += seconds
    this.#count++
  }
}

export function register (registry: Registry, name: string, help: string, type: 'counter' | 'histogram', samples: () => Sample[]): void {
  const metric = { name, help, type, aggregator: 'sum', get: () => ({ name, help, type, aggregator: 'sum', values: samples() }), reset: () => {} }
  registry.registerMetric(metric as unknown as Parameters<Registry['registerMetric']>[0])
}
