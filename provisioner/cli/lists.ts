import type { Query } from './api.ts'
import type { Session } from './session.ts'
import { tableLines } from './table.ts'
import type { Column } from './table.ts'

export interface Listing<T> {
  path: string
  query?: Query
  /** So many at most; all when it is not given. */
  max?: number | undefined
  columns: ReadonlyArray<Column<T>>
  /** What is said when there are none. */
  none: string
  /** Turns around what the API gives newest first, so that the newest stands by the prompt. */
  newestLast?: true
}

/** Prints a list to its end: a table, or the JSON of one page that has it all. */
export async function printList<T> (session: Session, { path, query, max, columns, none, newestLast }: Listing<T>): Promise<void> {
  const { api, terminal, json } = session
  const items: T[] = []
  for await (const item of api.items<T>(path, query, max)) items.push(item)
  if (json) {
    await terminal.print(JSON.stringify({ items, nextCursor: null }, null, 2))
    return
  }
  if (items.length === 0) terminal.say(none)
  else await terminal.print(...table(session, columns, newestLast === true ? items.reverse() : items))
}

/** Lines of a table as wide as the terminal, its head in bold. */
export function table<T> ({ terminal }: Pick<Session, 'terminal'>, columns: ReadonlyArray<Column<T>>, items: readonly T[]): string[] {
  const [head = '', ...rows] = tableLines(columns, items, terminal.width)
  return [terminal.paint('bold', head), ...rows]
}
