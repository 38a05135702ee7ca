export interface LogLine {
  /** ISO 8601 with nanoseconds, as the engine stamped it; empty when it did not. */
  at: string
  text: string
  level: 'plain' | 'warning' | 'error'
}

const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) ?(.*)$/s
/** Colours, as programs write them for terminals (ECMA-48). */
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g')
/** Numbers are pino's and bunyan's. */
const JSON_LEVEL = /"(?:level|severity)":\s*(?:"(\w+)"|(\d+))/
const WORDS = /\b(?:(error|fatal|critical|panic|exception)|(warn(?:ing)?))\b/i

/** One line of an instance's output, with what it seems to be. */
export function logLine (line: string): LogLine {
  const [, at = '', text = line] = STAMPED.exec(line) ?? []
  return { at, text: text.replace(ESCAPES, ''), level: levelOf(text) }
}

function levelOf (text: string): LogLine['level'] {
  const [, word, number] = (text.startsWith('{') ? JSON_LEVEL.exec(text) : null) ?? []
  if (number !== undefined) return Number(number) >= 50 ? 'error' : Number(number) >= 40 ? 'warning' : 'plain'
  if (text.startsWith('{') && word === undefined) return 'plain'
  const [, error, warning] = WORDS.exec(word ?? text) ?? []
  return error !== undefined ? 'error' : warning !== undefined ? 'warning' : 'plain'
}

/** A text cut at each place where something is found in it, whatever the case: those at odd places are what was found. */
export function cutAt (text: string, found: string): string[] {
  if (found === '') return [text]
  const pieces: string[] = []
  const lower = text.toLowerCase()
  // Where small letters are of another length, places would not fit.
  if (lower.length !== text.length) return [text]
  let from = 0
  for (let at = lower.indexOf(found.toLowerCase()); at !== -1; at = lower.indexOf(found.toLowerCase(), from)) {
    pieces.push(text.slice(from, at), text.slice(at, at + found.length))
    from = at + found.length
  }
  return [...pieces, text.slice(from)]
}
