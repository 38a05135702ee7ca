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
  client.on('notification', () => {
    client.query('SELECT FROM events WHERE id > $1 AND ($2::text IS NULL OR reason = $2)', [last, reason]).then(({ rowCount }) => {
      if (over || (rowCount ?? 0) < count) return
      over = true
      action()
    }, () => {})
  })
  await client.query('LISTEN berth_events')
}
