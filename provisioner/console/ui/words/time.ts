const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const UNITS: Array<[Intl.RelativeTimeFormatUnit, number]> = [['year', 365 * DAY], ['month', 30 * DAY], ['day', DAY], ['hour', HOUR], ['minute', MINUTE]]

/** "3 minutes ago", "in 2 days"; within the minute "just now" or "in a moment". */
export function relativeTime (iso: string, nowMs: number, locale?: string): string {
  const seconds = (Date.parse(iso) - nowMs) / 1000
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? [null, 1]
  // A clock that is a little behind does not make what happened come.
  if (unit === null) return seconds > 15 ? 'in a moment' : 'just now'
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(Math.trunc(seconds / length), unit)
}

/** In the reader's zone, with its name. */
export function exactTime (iso: string, locale?: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long', timeZone }).format(new Date(iso))
}

/** Short, for logs and tables: the day is said when it is not today. */
export function clockTime (iso: string, nowMs: number, locale?: string, timeZone?: string): string {
  const at = new Date(iso)
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone }).format(at)
  const day = (date: Date): string => new Intl.DateTimeFormat('en-CA', { timeZone }).format(date)
  if (day(at) === day(new Date(nowMs))) return time
  return `${new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone }).format(at)} ${time}`
}

/** "about 3 minutes", for what is left. */
export function aboutDuration (seconds: number): string {
  if (seconds < 10) return 'a few seconds'
  if (seconds < 90) return `about ${Math.round(seconds / 5) * 5} seconds`
  if (seconds < 90 * MINUTE) return `about ${Math.round(seconds / MINUTE)} minutes`
  return `about ${Math.round(seconds / HOUR)} hours`
}
