import type { PoolClient, Queryable } from '../database/pool.ts'
import type { Reading, Sample } from './credit.ts'
import { MAX_GAP_MINUTES } from './credit.ts'

/** The minute of the last sampling, null for none, and the one that it is now by the control database's clock. */
export async function samplingMinutes (db: Queryable): Promise<{ last: number | null, now: number }> {
  const { rows: [row] } = await db.query<{ last: number | null, now: number }>(`
    SELECT (SELECT (value ->> 'minute')::float8 FROM usage_state WHERE name = 'sampled') AS last, floor(extract(epoch FROM clock_timestamp()) / 60)::float8 AS now`)
  return row as { last: number | null, now: number }
}

export async function lastReadings (db: Queryable): Promise<Map<string, Reading>> {
  const { rows } = await db.query<Reading & { container: string }>('SELECT container, cpu_us AS "cpuUs", extract(epoch FROM minute)::float8 / 60 AS minute FROM usage_containers')
  return new Map(rows.map(({ container, cpuUs, minute }) => [container, { cpuUs, minute }]))
}

/** Remembers what was sampled, and when. Containers that showed nothing for long are forgotten. */
export async function saveReadings (tx: PoolClient, minute: number, samples: readonly Sample[]): Promise<void> {
  await tx.query(`
    INSERT INTO usage_containers (container, cpu_us, minute) SELECT container, cpu_us, to_timestamp($3 * 60) FROM unnest($1::text[], $2::bigint[]) AS g (container, cpu_us)
    ON CONFLICT (container) DO UPDATE SET cpu_us = excluded.cpu_us, minute = excluded.minute`,
  [samples.map(({ container }) => container), samples.map(({ cpuUs }) => cpuUs), minute])
  await tx.query("DELETE FROM usage_containers WHERE minute NOT BETWEEN to_timestamp($1 * 60) - $2 * interval '1 minute' AND to_timestamp($1 * 60)", [minute, MAX_GAP_MINUTES])
  await saveState(tx, 'sampled', { minute })
}

/** What is known of the database server as a whole, and since when. */
export interface ServerTotals { databases: number, bytes: number, at: string }

export async function saveServerTotals (db: Queryable, totals: ServerTotals): Promise<void> {
  await saveState(db, 'databases', totals)
}

export async function serverTotals (db: Queryable): Promise<ServerTotals | null> {
  const { rows } = await db.query<{ value: ServerTotals }>("SELECT value FROM usage_state WHERE name = 'databases'")
  return rows[0]?.value ?? null
}

async function saveState (db: Queryable, name: string, value: object): Promise<void> {
  await db.query('INSERT INTO usage_state (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value', [name, JSON.stringify(value)])
}
