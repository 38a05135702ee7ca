import { AppError } from './errors.ts'

export const maxTextLength = 1_000
export const defaultLimit = 50
const maxLimit = 100

/** A note's text from a JSON or form body. Throws `invalid-input` with a sentence for the person who typed it. */
export function readText (body: unknown): string {
  const value = isRecord(body) ? body['text'] : undefined
  if (typeof value !== 'string') throw new AppError('invalid-input', 'A note needs a "text", which is a string.')
  // A browser's form sends CRLF for what was typed as a line break.
  const text = value.replaceAll('\r\n', '\n').trim()
  if (text === '') throw new AppError('invalid-input', 'A note cannot be empty.')
  if ([...text].length > maxTextLength) throw new AppError('invalid-input', `A note can have at most ${maxTextLength} characters.`)
  // PostgreSQL's text cannot hold it.
  if (text.includes('\0')) throw new AppError('invalid-input', 'A note cannot contain the character U+0000.')
  return text
}

/** Whether a note is to be pinned, from a JSON body. Throws `invalid-input`. */
export function readPinned (body: unknown): boolean {
  const value = isRecord(body) ? body['pinned'] : undefined
  if (typeof value !== 'boolean') throw new AppError('invalid-input', 'Say whether the note is "pinned": true or false.')
  return value
}

/** `?limit` and `?cursor` of a list. */
export function readListQuery (query: unknown): { limit: number, before: number | null } {
  const { limit, cursor } = isRecord(query) ? query : {}
  return { limit: limit === undefined ? defaultLimit : readLimit(limit), before: readCursor(cursor) }
}

/** A position in the list: the id of the note before it; null for the start. */
export function readCursor (value: unknown): number | null {
  if (value === undefined) return null
  const id = readId(value)
  if (id === null) throw new AppError('invalid-input', '"cursor" must be the nextCursor of an earlier page.')
  return id
}

/** Null for what cannot be the id of any note. */
export function readId (value: unknown): number | null {
  if (typeof value !== 'string' || !/^[1-9]\d{0,15}$/.test(value)) return null
  const id = Number(value)
  return Number.isSafeInteger(id) ? id : null
}

function readLimit (value: unknown): number {
  const limit = typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : 0
  if (limit < 1 || limit > maxLimit) throw new AppError('invalid-input', `"limit" must be a number from 1 to ${maxLimit}.`)
  return limit
}

function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
