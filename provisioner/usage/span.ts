import type { Span, Step } from './usage-query-store.ts'
import { HOURS_KEPT, MINUTES_KEPT } from './usage.ts'

export const STEP_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

/** Where a span is wrong: which of its two ends, and how. */
export interface BadSpan { end: 'from' | 'to', detail: string }

/**
 * A span as it was asked for, in whole steps: its beginning down, its end up. Without an end it is until now, without a beginning `defaultMs` long. At most as much as is kept.
 */
export function readSpan ({ from, to }: { from?: string | undefined, to?: string | undefined }, step: keyof typeof STEP_MS, defaultMs: number, now = Date.now()): Span | BadSpan {
  const ms = STEP_MS[step]
  const end = to === undefined ? now : Date.parse(to)
  const begin = from === undefined ? end - defaultMs : Date.parse(from)
  if (!(begin < end)) return { end: 'from', detail: 'from has to be before to' }
  const span = { from: new Date(Math.floor(begin / ms) * ms), to: new Date(Math.ceil(end / ms) * ms) }
  const longestMs = step === 'minute' ? MINUTES_KEPT * STEP_MS.minute : HOURS_KEPT * STEP_MS.hour
  // A step more: what begins in the middle of one.
  if (span.to.getTime() - span.from.getTime() > longestMs + ms) {
    return { end: 'from', detail: step === 'minute' ? 'minutes are kept for a day: ask for at most a day of them, or for hours' : 'hours are kept for 90 days: ask for at most 90 days' }
  }
  return span
}

/** Every step of a span, with what is known of it. */
export function fill<T extends { at: Date }> ({ from, to }: Span, step: Step, known: readonly T[]): Array<{ at: Date, value: T | null }> {
  const values = new Map(known.map(value => [value.at.getTime(), value]))
  const all: Array<{ at: Date, value: T | null }> = []
  for (let at = from.getTime(); at < to.getTime(); at += STEP_MS[step]) all.push({ at: new Date(at), value: values.get(at) ?? null })
  return all
}
