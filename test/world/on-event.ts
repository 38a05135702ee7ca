import pg from 'pg'
import type { Ground } from './installation.ts'
import type { Teardown } from './teardown.ts'

/** Calls back once, as soon as so many new events of tenants with one of these reasons (null: any) are in the control database. */
export async function onEvents (t: Teardown, { postgres }: Ground, reason: string | null, count: number, action: () => void): Promise<void> {
  const client = new pg.Client({ host: postgres.host, port: postgres.port, user: 'berth_control', password: postgres.controlPassword, database: 'berth_control' })
  client.on('error', () => {})
  await client.connect()
  t.teardown(async () => { await client.end() })
  const { rows: [{ last }] } = await client.query('SELECT coalesce(max(id), 0)::int AS last FROM events')
  let over = false
  let looking = false
  let again = false
  async function look (): Promise<void> {
    // A connection has one query at a time; what comes meanwhile is seen by the next.
    again = looking
    if (over || looking) return
    looking = true
    do {
      again = false
      const { rowCount } = await client.query('SELECT FROM events WHERE id > $1 AND ($2::text IS NULL OR reason = $2)', [last, reason])
      if ((rowCount ?? 0) < count) continue
      over = true
      action()
    } while (again && !over)
    looking = false
  }
  client.on('notification', () => { look().catch(() => {}) })
  await client.query('LISTEN berth_events')
}
