/** What a load generator says at its end, in one line after `REPORT `. */
export interface Report {
  /** Answers, all of them right. */
  readonly requests: number
  readonly seconds: number
  readonly bytes: number
  /** How often each thing went wrong. */
  readonly errors: Readonly<Record<string, number>>
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Takes the report out of a generator's output. Throws when there is none, and when anything went wrong in it. */
export function parseReport (output: string): Report {
  const line = /^REPORT (.*)$/m.exec(output)?.[1]
  if (line === undefined) throw new Error(`The load generator reported nothing:\n${output.slice(-1000)}`)
  const report = JSON.parse(line) as Report
  const wrong = Object.entries(report.errors).filter(([, count]) => count > 0).map(([kind, count]) => `${count} × ${kind}`)
  if (wrong.length > 0) throw new Error(`Not all requests were answered: ${wrong.join(', ')} beside ${report.requests} answers`)
  if (report.requests === 0) throw new Error('Nothing was answered')
  return report
}

export function printReport (latenciesMs: Float64Array, report: Omit<Report, 'requests' | 'p50Ms' | 'p99Ms'>): void {
  latenciesMs.sort()
  const quantile = (q: number): number => latenciesMs[Math.min(Math.floor(latenciesMs.length * q), latenciesMs.length - 1)] ?? 0
  console.log(`REPORT ${JSON.stringify({ ...report, requests: latenciesMs.length, p50Ms: quantile(0.5), p99Ms: quantile(0.99) } satisfies Report)}`)
}

/** Room for this many numbers, so that keeping one allocates nothing. */
export class Numbers {
  #values = new Float64Array(1 << 20)
  #count = 0

  push (value: number): void {
    if (this.#count === this.#values.length) {
      const more = new Float64Array(this.#count * 2)
      more.set(this.#values)
      this.#values = more
    }
    this.#values[this.#count++] = value
  }

  get values (): Float64Array {
    return this.#values.subarray(0, this.#count)
  }
}
