import type { Database } from './database.ts'

export interface Note {
  id: number
  text: string
  createdAt: string
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
}

/** Newest first; `before` is the id that the page before ended with. */
export async function listNotes (database: Database, { limit, before }: { limit: number, before: number | null }): Promise<NotePage> {
  // One more than asked for tells whether there is a next page.
  const rows = await database.query<Row>(
    'SELECT id, text, created_at FROM notes WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2',
    [before, limit + 1]
  )
  const items = rows.slice(0, limit).map(toNote)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > limit && last !== undefined ? String(last.id) : null }
}

/** A trigger in the database announces the note on the channel `notes`; so does one for its removal. */
export async function addNote (database: Database, text: string): Promise<Note> {
  const [row] = await database.query<Row>('INSERT INTO notes (text) VALUES ($1) RETURNING id, text, created_at', [text])
  if (row === undefined) throw new Error('INSERT … RETURNING returned no row')
  return toNote(row)
}

/** False when there was no such note. */
export async function removeNote (database: Database, id: number): Promise<boolean> {
  const rows = await database.query('DELETE FROM notes WHERE id = $1 RETURNING id', [id])
  return rows.length > 0
}

function toNote (row: Row): Note {
  return { id: Number(row.id), text: row.text, createdAt: row.created_at.toISOString() }
}
