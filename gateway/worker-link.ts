import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import type { Readiness } from './health.ts'

/** What the primary and its workers say to each other, over the channel that Node gives them. */
export type ToWorker =
  | { readonly kind: 'stop' }
  | { readonly kind: 'reload' }
  | { readonly kind: 'ask', readonly id: number, readonly what: 'readiness' | 'metrics' }

export type ToPrimary =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed', readonly message: string }
  | { readonly kind: 'answer', readonly id: number, readonly answer: Readiness | MetricReport }

/** The metrics of one worker. */
export type MetricReport = Array<MetricObjectWithValues<MetricValue<string>>>

/** The name of a worker among the arguments of its process: there `ps` shows it too. */
export function workerName (number: number): string {
  return `worker-${number}`
}

/** The number in the name among these arguments. Throws an Error when there is none. */
export function numberOf (args: readonly string[]): number {
  for (const argument of args) {
    const number = /^worker-(\d+)$/.exec(argument)?.[1]
    if (number !== undefined) return Number(number)
  }
  throw new Error('A worker has no name')
}
