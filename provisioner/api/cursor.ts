import { Problem } from '../errors.ts'

/**
 * A cursor is the name of its list and the position that the page before ended with, in base64url. The name keeps it
 * from being used for another list.
 */
export function writeCursor (list: string, position: number): string {
  return Buffer.from(`${list}:${position}`).toString('base64url')
}

/** The position that a list goes on from, or null for its first page. Throws invalid_cursor. */
export function readCursor (list: string, cursor: string | undefined): number | null {
  if (cursor === undefined) return null
  const text = Buffer.from(cursor, 'base64url').toString('latin1')
  const position = text.startsWith(`${list}:`) ? text.slice(list.length + 1) : ''
  // Written again it must be the same: base64url is read leniently.
  if (!/^\d{1,15}$/.test(position) || writeCursor(list, Number(position)) !== cursor) {
    throw invalidCursor()
  }
  return Number(position)
}

/** Where a sorted list goes on: what its last item is sorted by, and its position among those that are sorted alike. */
export interface SortedPlace { key: string, position: number }

/** The same for a list that is sorted by something else than its positions; `list` says by what. */
export function writeSortedCursor (list: string, { key, position }: SortedPlace): string {
  return Buffer.from(JSON.stringify([list, position, key])).toString('base64url')
}

/** Throws invalid_cursor. */
export function readSortedCursor (list: string, cursor: string | undefined): SortedPlace | null {
  if (cursor === undefined) return null
  const [name, position, key] = parsed(Buffer.from(cursor, 'base64url').toString('utf8'))
  if (name === list && Number.isSafeInteger(position) && typeof key === 'string' && !key.includes('\0')) {
    const place = { key, position: position as number }
    if (writeSortedCursor(list, place) === cursor) return place
  }
  throw invalidCursor()
}

function parsed (text: string): unknown[] {
  try {
    const values: unknown = JSON.parse(text)
    return Array.isArray(values) ? values : []
  } catch {
    return []
  }
}

function invalidCursor (): Problem {
  return new Problem('invalid_cursor', 'Use the nextCursor of the page before, or leave cursor away for the first page.')
}

/** One page as the API answers it. */
export function page<T> (list: string, items: T[], next: number | null): { items: T[], nextCursor: string | null } {
  return { items, nextCursor: next === null ? null : writeCursor(list, next) }
}
