import { signal } from '@preact/signals'
import { clockTime, exactTime, relativeTime } from '../words/time.ts'

const now = signal(Date.now())
setInterval(() => { if (!document.hidden) now.value = Date.now() }, 15_000)

/** When something was, from now; the exact time in the reader's zone is its title. */
export function Time ({ at, none = 'never' }: { at: string | null | undefined, none?: string }) {
  if (at === null || at === undefined) return <span class='muted'>{none}</span>
  // What came after the last tick is not in the future.
  return <time dateTime={at} title={exactTime(at)}>{relativeTime(at, Math.max(now.value, Date.now()))}</time>
}

/** The time of a clock, for what stands line under line. */
export function Clock ({ at }: { at: string }) {
  return <time class='clock' dateTime={at} title={exactTime(at)}>{clockTime(at, now.value)}</time>
}
