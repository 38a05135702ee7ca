import type { Queryable } from '../database/pool.ts'
import type { RolloutState } from './rollout.ts'

/** How a rollout stands, in brief. */
export interface RolloutNotice { id: string, release: string, state: RolloutState, done: number, total: number }

/** Of these rollouts; null: of those that have not ended, newest first. */
export async function rolloutNotices (db: Queryable, ids: string[] | null): Promise<RolloutNotice[]> {
  const { rows } = await db.query<RolloutNotice>(`
    SELECT r.id, r.release, r.state, count(m.*) FILTER (WHERE m.state NOT IN ('waiting', 'moving', 'returning')) AS done, count(m.*) AS total
    FROM rollouts r LEFT JOIN rollout_tenants m ON m.rollout_id = r.id
    WHERE CASE WHEN $1::text[] IS NULL THEN r.ended_at IS NULL ELSE r.id = ANY($1) END
    GROUP BY r.id ORDER BY r.position DESC`, [ids])
  return rows
}
