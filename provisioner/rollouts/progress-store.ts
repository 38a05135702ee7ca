import type { Queryable } from '../database/pool.ts'
import { MOVE_STATES, timeLeftMs } from './rollout.ts'
import type { Counts, Move, MoveState, Progress, Rollout } from './rollout.ts'

export async function countMoves (db: Queryable, rolloutId: string): Promise<Counts> {
  const { rows } = await db.query<{ state: MoveState, count: number }>('SELECT state, count(*)::int AS count FROM rollout_tenants WHERE rollout_id = $1 GROUP BY state', [rolloutId])
  const counts = Object.fromEntries(MOVE_STATES.map(state => [state, 0])) as Counts
  for (const { state, count } of rows) counts[state] = count
  return counts
}

/** The wave whose tenants have not all had their turn, or null. */
export async function currentWave (db: Queryable, rolloutId: string): Promise<number | null> {
  const { rows } = await db.query<{ wave: number | null }>("SELECT min(wave) AS wave FROM rollout_tenants WHERE rollout_id = $1 AND state IN ('waiting', 'moving')", [rolloutId])
  return rows[0]?.wave ?? null
}

export async function progressOf (db: Queryable, { id, concurrency }: Pick<Rollout, 'id' | 'concurrency'>): Promise<Progress> {
  const [counts, wave, { rows: [sums] }, { rows: releases }] = await Promise.all([
    countMoves(db, id),
    currentWave(db, id),
    db.query<{ waves: number, averageMs: number | null }>(`
      SELECT coalesce(max(wave), 0) AS waves, avg(extract(epoch FROM ended_at - began_at) * 1000) FILTER (WHERE state IN ('moved', 'failed'))::float8 AS "averageMs"
      FROM rollout_tenants WHERE rollout_id = $1`, [id]),
    db.query<{ release: string, count: number }>(`
      SELECT t.release, count(*)::int AS count FROM rollout_tenants m JOIN tenants t ON t.id = m.tenant_id WHERE m.rollout_id = $1 GROUP BY 1 ORDER BY 1`, [id])
  ])
  return {
    counts,
    releases: Object.fromEntries(releases.map(({ release, count }) => [release, count])),
    wave,
    waves: sums?.waves ?? 0,
    leftMs: timeLeftMs(counts, sums?.averageMs ?? null, concurrency)
  }
}

/** The tenants of a rollout in the order of their creation, and where each is. */
export async function listMoves (
  db: Queryable, rolloutId: string, filter: { after: number, limit: number, state?: MoveState | undefined }
): Promise<{ items: Move[], next: number | null }> {
  const { rows } = await db.query<Move>(`
    SELECT m.tenant_id AS "tenantId", t.slug, m.position, m.wave, m.state, m.from_release AS "from", t.release, m.message, m.began_at AS "beganAt", m.ended_at AS "endedAt"
    FROM rollout_tenants m JOIN tenants t ON t.id = m.tenant_id
    WHERE m.rollout_id = $1 AND m.position > $2 AND ($3::text IS NULL OR m.state = $3) ORDER BY m.position LIMIT $4`,
  [rolloutId, filter.after, filter.state ?? null, filter.limit + 1])
  const items = rows.slice(0, filter.limit)
  return { items, next: rows.length > filter.limit ? (items.at(-1) as Move).position : null }
}
