import type { PoolClient } from '../database/pool.ts'
import { requestWork } from '../tenants/tenant-store.ts'
import type { MoveState, Rollout } from './rollout.ts'

/** How a tenant's move came out, of those that are known. */
interface Verdict { tenantId: string, state: MoveState, message: string, putBack: boolean }

/** What a look at a tenant under way needs; $1 is the rollout, $2 the state. A tenant that somebody else changes now is looked at next time. */
const UNDER_WAY = `
  SELECT t.id AS "tenantId", t.wanted, t.release, m.from_release AS "from", m.to_release AS "to", t.failure->>'message' AS failure,
    t.observed_generation >= m.generation AS observed, t.observed_generation >= t.generation AS settled
  FROM rollout_tenants m JOIN tenants t ON t.id = m.tenant_id WHERE m.rollout_id = $1 AND m.state = $2 FOR UPDATE OF t SKIP LOCKED`

interface UnderWay { tenantId: string, wanted: string, release: string, from: string, to: string, failure: string | null, observed: boolean, settled: boolean }

/** Records which moves came to their end, and wants of those that failed what was wanted before. Returns how many did. */
export async function settleMoves (tx: PoolClient, { id, release }: Rollout): Promise<number> {
  const { rows } = await tx.query<UnderWay>(UNDER_WAY, [id, 'moving'])
  const verdicts = rows.map(row => verdictOf(row, release)).filter(verdict => verdict !== null)
  await record(tx, id, verdicts)
  const back = verdicts.filter(({ putBack }) => putBack)
  await want(tx, id, back.map(({ tenantId }) => tenantId), 'from', { level: 'warning', reason: 'ReleasePutBack', message: 'The deploy failed; what was wanted before the rollout is wanted again.' })
  return verdicts.length
}

/** The same for those that go back. */
export async function settleReturns (tx: PoolClient, { id }: Rollout): Promise<number> {
  const { rows } = await tx.query<UnderWay>(UNDER_WAY, [id, 'returning'])
  const verdicts = rows.map((row): Verdict | null => {
    const { tenantId } = row
    if (row.wanted === 'deleted' || row.release !== row.from) return { tenantId, state: 'skipped', message: gone(row), putBack: false }
    if (!row.observed) return null
    if (row.failure !== null) return { tenantId, state: 'stuck', message: row.failure, putBack: false }
    return row.settled ? { tenantId, state: 'returned', message: '', putBack: false } : null
  }).filter(verdict => verdict !== null)
  await record(tx, id, verdicts)
  return verdicts.length
}

/** How a move came out, or null while it is not known. `release` is where the rollout leads now. Pure. */
export function verdictOf (row: UnderWay, release: string): Verdict | null {
  const { tenantId, to, failure } = row
  if (row.wanted === 'deleted' || row.release !== to) return { tenantId, state: 'skipped', message: gone(row), putBack: false }
  if (!row.observed) return null
  // The rollout was given another release while the move was under way: it has its turn again.
  if (failure !== null) return { tenantId, state: to === release ? 'failed' : 'waiting', message: failure, putBack: true }
  return row.settled ? { tenantId, state: to === release ? 'moved' : 'waiting', message: '', putBack: false } : null
}

function gone ({ wanted, release }: UnderWay): string {
  return wanted === 'deleted' ? 'It is being deleted.' : `It was deployed by somebody else meanwhile, to "${release}".`
}

async function record (tx: PoolClient, id: string, verdicts: Verdict[]): Promise<void> {
  if (verdicts.length === 0) return
  await tx.query(`
    UPDATE rollout_tenants m SET state = v.state, message = v.message, ended_at = now()
    FROM unnest($2::text[], $3::text[], $4::text[]) AS v (tenant_id, state, message) WHERE m.rollout_id = $1 AND m.tenant_id = v.tenant_id`,
  [id, verdicts.map(({ tenantId }) => tenantId), verdicts.map(({ state }) => state), verdicts.map(({ message }) => message)])
}

/** Begins to move, or to bring back, up to `limit` tenants in one of these states. Returns of how many something changed. */
export async function begin (tx: PoolClient, rollout: Rollout, next: { states: MoveState[], wave: number | null, limit: number }): Promise<number> {
  const { id, release } = rollout
  const back = next.states.includes('moved')
  const { rows } = await tx.query<{ tenantId: string, wanted: string, release: string, to: string | null }>(`
    SELECT t.id AS "tenantId", t.wanted, t.release, m.to_release AS "to" FROM rollout_tenants m JOIN tenants t ON t.id = m.tenant_id
    WHERE m.rollout_id = $1 AND m.state = ANY($2) AND ($3::int IS NULL OR m.wave = $3)
    ORDER BY m.attempts, m.position LIMIT $4 FOR UPDATE OF t SKIP LOCKED`, [id, next.states, next.wave, next.limit])
  // One that somebody else deployed is no longer ours to bring back.
  const skipped = rows.filter(row => row.wanted === 'deleted' || (back && row.release !== row.to))
  await record(tx, id, skipped.map(row => ({ tenantId: row.tenantId, state: 'skipped', message: gone({ ...row, from: '', to: '', failure: null, observed: true, settled: true }), putBack: false })))
  const there = rows.filter(row => !skipped.includes(row) && !back && row.release === release)
  await record(tx, id, there.map(({ tenantId }) => ({ tenantId, state: 'unchanged', message: '', putBack: false })))
  const ids = rows.filter(row => !skipped.includes(row) && !there.includes(row)).map(({ tenantId }) => tenantId)
  if (back) {
    await want(tx, id, ids, 'from', { level: 'info', reason: 'RollbackRequested', message: 'The rollout goes back, and the tenant with it.' })
    await tx.query(`
      UPDATE rollout_tenants m SET state = 'returning', generation = t.generation, began_at = now(), ended_at = NULL FROM tenants t
      WHERE t.id = m.tenant_id AND m.rollout_id = $1 AND m.tenant_id = ANY($2)`, [id, ids])
  } else {
    await tx.query(`
      UPDATE rollout_tenants m SET state = 'moving', from_release = t.release, from_strategy = t.strategy, to_release = $3, generation = t.generation + 1,
        attempts = attempts + 1, message = '', began_at = now(), ended_at = NULL
      FROM tenants t WHERE t.id = m.tenant_id AND m.rollout_id = $1 AND m.tenant_id = ANY($2)`, [id, ids, release])
    await want(tx, id, ids, 'to', { level: 'info', reason: 'DeployRequested', message: `A rollout moves the tenant to release "${release}".` })
  }
  return rows.length
}

/** Wants of tenants the release that their moves lead to, or came from, and asks for them to be looked at. */
async function want (tx: PoolClient, id: string, tenantIds: string[], which: 'from' | 'to', event: { level: string, reason: string, message: string }): Promise<void> {
  if (tenantIds.length === 0) return
  await tx.query(`
    INSERT INTO events (tenant_id, level, reason, message, data)
    SELECT t.id, $3, $4, $5, jsonb_build_object('from', t.release, 'to', CASE WHEN $6 THEN m.to_release ELSE m.from_release END, 'rollout', m.rollout_id)
    FROM rollout_tenants m JOIN tenants t ON t.id = m.tenant_id WHERE m.rollout_id = $1 AND m.tenant_id = ANY($2)`,
  [id, tenantIds, event.level, event.reason, event.message, which === 'to'])
  await tx.query(`
    UPDATE tenants t SET generation = t.generation + 1, failure = NULL, release = CASE WHEN $3 THEN m.to_release ELSE m.from_release END,
      strategy = CASE WHEN $3 THEN r.strategy ELSE m.from_strategy END
    FROM rollout_tenants m JOIN rollouts r ON r.id = m.rollout_id WHERE m.tenant_id = t.id AND m.rollout_id = $1 AND m.tenant_id = ANY($2)`,
  [id, tenantIds, which === 'to'])
  await requestWork(tx, tenantIds)
  await tx.query("SELECT pg_notify('berth_events', '')")
}
