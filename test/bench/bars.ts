import { DISTURBED } from './measure.ts'
import type { Sample } from './measure.ts'

/** Medians by case and proxy. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, Sample>>

export type Bound = { readonly atMost: number } | { readonly atLeast: number }

/** What the gateway has to keep: a value of its own against that of another. */
export interface Bar {
  readonly title: string
  readonly of: readonly [caseId: string, proxy: string]
  readonly against: readonly [caseId: string, proxy: string]
  readonly value: 'cpuMicros' | 'p99Ms' | 'requestsPerSecond'
  readonly bound: Bound
}

export const BARS: readonly Bar[] = [
  { title: 'CPU per request, of @fastify/http-proxy', of: ['small', 'ours'], against: ['small', 'stock'], value: 'cpuMicros', bound: { atMost: 0.5 } },
  { title: 'CPU per request, of Caddy', of: ['small', 'ours'], against: ['small', 'caddy'], value: 'cpuMicros', bound: { atMost: 0.6 } },
  { title: 'CPU per request, of configurable-http-proxy', of: ['small', 'ours'], against: ['small', 'chp'], value: 'cpuMicros', bound: { atMost: 0.35 } },
  { title: 'CPU per request, of nginx + Lua + Redis', of: ['small', 'ours'], against: ['small', 'lua'], value: 'cpuMicros', bound: { atMost: 1.6 } },
  { title: 'p99 at half load, of nginx + Lua + Redis', of: ['half', 'ours'], against: ['half', 'lua'], value: 'p99Ms', bound: { atMost: 2 } },
  { title: '1 MB bodies a second, of @fastify/http-proxy', of: ['large', 'ours'], against: ['large', 'stock'], value: 'requestsPerSecond', bound: { atLeast: 0.8 } },
  { title: 'two workers\' requests a second, of one\'s', of: ['small', 'two'], against: ['small', 'ours'], value: 'requestsPerSecond', bound: { atLeast: 1.7 } }
]

export type Verdict = 'met' | 'missed' | 'not measured'

/** `disturbed`: other work on the machine got into it, so that the verdict is worth little. */
export interface Judged { readonly title: string, readonly bound: string, readonly value: number | null, readonly verdict: Verdict, readonly disturbed: boolean }

export function judge (results: Results): Judged[] {
  return BARS.map(({ title, of, against, value, bound }) => {
    const [own, other] = [of, against].map(([caseId, proxy]) => results.get(caseId)?.get(proxy))
    if (own === undefined || other === undefined) return judgeValue(title, null, bound)
    return judgeValue(title, own[value] / other[value], bound, Math.max(own.kept, other.kept) > DISTURBED)
  })
}

export function judgeValue (title: string, value: number | null, bound: Bound, disturbed = false): Judged {
  const verdict = value === null ? 'not measured' : ('atMost' in bound ? value <= bound.atMost : value >= bound.atLeast) ? 'met' : 'missed'
  return { title, bound: 'atMost' in bound ? `≤ ${bound.atMost.toFixed(2)}` : `≥ ${bound.atLeast.toFixed(2)}`, value, verdict, disturbed }
}
