const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
const UNITS = [['d', 86_400], ['h', 3600], ['m', 60], ['s', 1]] as const
const SIZE = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?|b)?$/i
const SPAN = /^(\d+)([smhdw])$/
const SPAN_SECONDS = new Map([['s', 1], ['m', 60], ['h', 3600], ['d', 86_400], ['w', 604_800]])

/** Bytes as people read them, such as "1.5 GiB"; "–" when they are not known. */
export function bytes (count: number | null | undefined): string {
  if (count === null || count === undefined) return '–'
  const power = count < 1024 ? 0 : Math.min(Math.floor(Math.log2(count) / 10), BINARY.length - 1)
  const value = count / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${BINARY[power] as string}`
}

/** A span of seconds in its two largest units, such as "3d 4h" or "45s". */
export function span (seconds: number): string {
  let left = Math.max(0, Math.round(seconds))
  const parts: string[] = []
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size)
    left -= count * size
    if (count > 0) parts.push(`${count}${unit}`)
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.length === 0 ? '0s' : parts.join(' ')
}

/** How long ago a time is, or "–" when there is none. */
export function ago (at: string | null | undefined, nowMs: number): string {
  return at === null || at === undefined ? '–' : span((nowMs - Date.parse(at)) / 1000)
}

export function count (number: number | null | undefined): string {
  return number === null || number === undefined ? '–' : number.toLocaleString('en')
}

/** Reads "512m", "1.5GiB" or a number of bytes: units are powers of 1024. Null when it is none. */
export function readSize (text: string): number | null {
  const match = SIZE.exec(text)
  if (match === null) return null
  const power = match[2] === undefined ? 0 : 'kmgt'.indexOf(match[2].toLowerCase()) + 1
  return Math.round(Number(match[1]) * 1024 ** power)
}

/** Reads "30s", "15m", "12h", "90d" or "2w" as seconds. Null when it is none. */
export function readSpan (text: string): number | null {
  const match = SPAN.exec(text)
  return match === null ? null : Number(match[1]) * (SPAN_SECONDS.get(match[2] as string) as number)
}

/** Reads a time: ISO 8601, or a span back from now such as "24h". Returns ISO 8601 in UTC, or null. */
export function readTime (text: string, nowMs: number): string | null {
  const back = readSpan(text)
  const ms = back !== null ? nowMs - back * 1000 : /^\d{4}-\d\d/.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}
