import type { Database } from './database.ts'

export interface Note {
  id: number
  text: string
  createdAt: string
  /** Only where notes can be pinned. */
  pinned?: boolean
}

export interface NotePage {
  items: Note[]
  /** The cursor of the next, older page; null on the last one. */
  nextCursor: string | null
}

interface Row {
  id: string
  text: string
  created_at: Date
  pinned?: boolean
}

/** Newest first; `before` is the id that the page before ended with. */
export async function listNotes (database: Database, { limit, before, canPin }: { limit: number, before: number | null, canPin: boolean }): Promise<NotePage> {
  // One more than asked for tells whether there is a next page.
  const rows = await database.query<Row>(
    `SELECT id, text, created_at${canPin ? ', pinned' : ''} FROM notes WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`,
    [before, limit + 1]
  )
  const items = rows.slice(0, limit).map(toNote)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > limit && last !== undefined ? String(last.id) : null }
}

/** A trigger in the database announces the note on the channel `notes`; so does one for its removal. */
export async function addNote (database: Database, text: string, canPin: boolean): Promise<Note> {
  const [row] = await database.query<Row>(`INSERT INTO notes (text) VALUES ($1) RETURNING id, text, created_at${canPin ? ', pinned' : ''}`, [text])
  if (row === undefined) throw new Error('INSERT … RETURNING returned no row')
  return toNote(row)
}

/** Null when there was no such note. */
export async function pinNote (database: Database, id: number, pinned: boolean): Promise<Note | null> {
  const [row] = await database.query<Row>('UPDATE notes SET pinned = $2 WHERE id = $1 RETURNING id, text, created_at, pinned', [id, pinned])
  return row === undefined ? null : toNote(row)
}

/** False when there was no such note. */
export async function removeNote (database: Database, id: number): Promise<boolean> {
  const rows = await database.query('DELETE FROM notes WHERE id = $1 RETURNING id', [id])
  return rows.length > 0
}

function toNote (row: Row): Note {
  return { id: Number(row.id), text: row.text, createdAt: row.created_at.toISOString(), ...(row.pinned === undefined ? {} : { pinned: row.pinned }) }
}
