import type { Span, Step } from './usage-query-store.ts'
import { HOURS_KEPT, MINUTES_KEPT } from './usage.ts'

export const STEP_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

/** Where a span is wrong: which of its two ends, and how. */
export interface BadSpan { end: 'from' | 'to', detail: string }

/**
 * A span as it was asked for, in whole steps: its beginning down, its end up. Without an end it is until now, without a beginning `defaultMs` long.
 * None begins before what is kept: a sum over what is partly forgotten would look like one over all of it.
 */
export function readSpan ({ from, to }: { from?: string | undefined, to?: string | undefined }, step: keyof typeof STEP_MS, defaultMs: number, now = Date.now()): Span | BadSpan {
  const ms = STEP_MS[step]
  const end = to === undefined ? now : Date.parse(to)
  const begin = from === undefined ? end - defaultMs : Date.parse(from)
  if (!(begin < end)) return { end: 'from', detail: 'from has to be before to' }
  const span = { from: new Date(Math.floor(begin / ms) * ms), to: new Date(Math.ceil(end / ms) * ms) }
  const keptMs = keptMsOf(step)
  // A step more: what begins in the middle of one, and clients' clocks.
  if (begin + ms < now - keptMs) {
    const since = new Date(now - keptMs).toISOString()
    return { end: 'from', detail: step === 'minute' ? `minutes are kept for a day: ask for a time after ${since}, or for hours` : `hours are kept for 90 days: ask for a time after ${since}` }
  }
  if (span.to.getTime() - span.from.getTime() > keptMs + 2 * ms) return { end: 'to', detail: `it is longer than what is kept, which is ${step === 'minute' ? 'a day of minutes' : '90 days'}` }
  return span
}

function keptMsOf (step: keyof typeof STEP_MS): number {
  return step === 'minute' ? MINUTES_KEPT * STEP_MS.minute : HOURS_KEPT * STEP_MS.hour
}

/** Whether minutes of that time are kept. Those of an unreadable one are not. */
export function hasMinutes (from: string, now = Date.now()): boolean {
  return Date.parse(from) + STEP_MS.minute >= now - keptMsOf('minute')
}

/** Every step of a span, with what is known of it. */
export function fill<T extends { at: Date }> ({ from, to }: Span, step: Step, known: readonly T[]): Array<{ at: Date, value: T | null }> {
  const values = new Map(known.map(value => [value.at.getTime(), value]))
  const all: Array<{ at: Date, value: T | null }> = []
  for (let at = from.getTime(); at < to.getTime(); at += STEP_MS[step]) all.push({ at: new Date(at), value: values.get(at) ?? null })
  return all
}
