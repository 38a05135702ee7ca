import type { PoolClient, Queryable } from '../database/pool.ts'
import { Problem } from '../errors.ts'
import { requireUsable } from '../tenants/release-store.ts'
import { newTenantId } from '../tenants/names.ts'
import type { Rollout, RolloutState, Scope } from './rollout.ts'
import { waveBounds } from './waves.ts'

const COLUMNS = `
  id, position, release, strategy, asked, concurrency, max_failures AS "maxFailures", on_failure AS "onFailure", state, reason,
  created_at AS "createdAt", ended_at AS "endedAt"`
const NAMED = 10

export type NewRollout = Pick<Rollout, 'release' | 'strategy' | 'asked' | 'concurrency' | 'maxFailures' | 'onFailure'>

/** The tenants of a scope; $1 to $4 are its ids or slugs, the beginning of a slug, a part of slug or name, and a release. */
const IN_SCOPE = `
  t.wanted <> 'deleted' AND ($1::text[] IS NULL OR t.id = ANY($1) OR t.slug = ANY($1)) AND ($2::text IS NULL OR starts_with(t.slug, $2))
  AND ($3::text IS NULL OR strpos(lower(t.slug || ' ' || t.name), lower($3)) > 0) AND ($4::text IS NULL OR t.release = $4)`

function scopeParams (scope: Scope): unknown[] {
  if (scope === 'all') return [null, null, null, null]
  if (Array.isArray(scope)) return [scope, null, null, null]
  return [null, scope.slug ?? null, scope.q ?? null, scope.release ?? null]
}

/**
 * Begins a rollout. Tenants that are at its release already are decided here, all at once; when all are, it has ended.
 * Throws what `requireUsable` throws, unknown_tenants, or rollout_overlaps, which names them.
 */
export async function insertRollout (tx: PoolClient, rollout: NewRollout): Promise<string> {
  const { release, strategy, asked, concurrency, maxFailures, onFailure } = rollout
  await requireUsable(tx, release)
  // One at a time, to the end of the transaction: of two that overlap the second sees the first.
  await tx.query('LOCK TABLE rollouts IN SHARE ROW EXCLUSIVE MODE')
  const params = scopeParams(asked.tenants)
  if (Array.isArray(asked.tenants)) await requireTenants(tx, asked.tenants)
  await requireNoOverlap(tx, params)
  const { rows: [count] } = await tx.query<{ matched: number, toMove: number }>(`SELECT count(*)::int AS matched, count(*) FILTER (WHERE t.release <> $5)::int AS "toMove" FROM tenants t WHERE ${IN_SCOPE}`, [...params, release])
  const bounds = waveBounds(count?.toMove ?? 0, asked)
  const id = newRolloutId()
  await tx.query(`
    INSERT INTO rollouts (id, release, strategy, asked, concurrency, max_failures, on_failure) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
  [id, release, strategy, asked, concurrency, maxFailures, onFailure])
  await tx.query(`
    WITH those AS (
      SELECT t.id, t.position, t.release, t.strategy, row_number() OVER (PARTITION BY t.release = $5 ORDER BY t.position) AS place FROM tenants t WHERE ${IN_SCOPE})
    INSERT INTO rollout_tenants (rollout_id, tenant_id, position, wave, state, from_release, from_strategy, ended_at)
    SELECT $6, id, position, 1 + (SELECT count(*) FROM unnest($7::int[]) bound WHERE bound < place),
      CASE WHEN release = $5 THEN 'unchanged' ELSE 'waiting' END, release, strategy, CASE WHEN release = $5 THEN now() END
    FROM those`, [...params, release, id, bounds])
  if (count?.toMove === 0) await endRollout(tx, id, 'done', nothingToMove(asked.tenants, count.matched))
  await announce(tx, id)
  return id
}

function nothingToMove (scope: Scope, matched: number): string {
  if (matched > 0) return 'Every tenant was at the release already.'
  return scope === 'all' ? 'There are no tenants.' : 'No tenant matches.'
}

async function requireTenants (tx: PoolClient, names: string[]): Promise<void> {
  const { rows } = await tx.query<{ name: string }>(`
    SELECT listed.name FROM unnest($1::text[]) AS listed (name)
    WHERE NOT EXISTS (SELECT FROM tenants t WHERE (t.id = listed.name OR t.slug = listed.name) AND t.wanted <> 'deleted')`, [names])
  if (rows.length > 0) throw new Problem('unknown_tenants', `There are no tenants with these ids or slugs: ${someOf(rows.map(({ name }) => name))}.`)
}

async function requireNoOverlap (tx: PoolClient, params: unknown[]): Promise<void> {
  const { rows } = await tx.query<{ slug: string, rollout: string }>(`
    SELECT t.slug, m.rollout_id AS rollout FROM rollout_tenants m JOIN tenants t ON t.id = m.tenant_id WHERE m.open AND ${IN_SCOPE} ORDER BY t.position LIMIT 100`, params)
  if (rows.length === 0) return
  const rollouts = [...new Set(rows.map(({ rollout }) => rollout))]
  throw new Problem('rollout_overlaps', `A tenant is in one rollout at a time. In ${rollouts.join(', ')}, which has not ended: ${someOf(rows.map(({ slug }) => slug))}.`)
}

function someOf (names: string[]): string {
  return names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ' and others' : '')
}

export async function findRollout (db: Queryable, id: string): Promise<Rollout | null> {
  const { rows } = await db.query<Rollout>(`SELECT ${COLUMNS} FROM rollouts WHERE id = $1`, [id])
  return rows[0] ?? null
}

/** Finds a rollout and locks it to the end of the transaction. Throws rollout_not_found. */
export async function lockRollout (tx: PoolClient, id: string): Promise<Rollout> {
  const { rows } = await tx.query<Rollout>(`SELECT ${COLUMNS} FROM rollouts WHERE id = $1 FOR UPDATE`, [id])
  if (rows[0] === undefined) throw rolloutNotFound(id)
  return rows[0]
}

/** The same, but null when it is gone, has ended, or somebody else has it locked. */
export async function tryLockRollout (tx: PoolClient, id: string): Promise<Rollout | null> {
  const { rows } = await tx.query<Rollout>(`SELECT ${COLUMNS} FROM rollouts WHERE id = $1 AND ended_at IS NULL FOR UPDATE SKIP LOCKED`, [id])
  return rows[0] ?? null
}

export function rolloutNotFound (id: string): Problem {
  return new Problem('rollout_not_found', `There is no rollout "${id.slice(0, 64)}"; GET /v1/rollouts lists them.`)
}

/** Rollouts, newest first; `before` is the position that the last page ended with. */
export async function listRollouts (db: Queryable, before: number | null, limit: number): Promise<{ items: Rollout[], next: number | null }> {
  const { rows } = await db.query<Rollout>(`
    SELECT ${COLUMNS} FROM rollouts WHERE $1::bigint IS NULL OR position < $1 ORDER BY position DESC LIMIT $2`, [before, limit + 1])
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? (items.at(-1) as Rollout).position : null }
}

/** Those that have not ended, oldest first. */
export async function rolloutsUnderWay (db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('SELECT id FROM rollouts WHERE ended_at IS NULL ORDER BY position')
  return rows.map(({ id }) => id)
}

export async function setState (tx: PoolClient, id: string, state: RolloutState, reason: string): Promise<void> {
  await tx.query('UPDATE rollouts SET state = $2, reason = $3 WHERE id = $1', [id, state, reason])
}

/** Ends a rollout: its tenants can be in another, and whose turn did not come is skipped. */
export async function endRollout (tx: PoolClient, id: string, state: 'done' | 'aborted' | 'rolled-back', reason: string): Promise<void> {
  await tx.query('UPDATE rollouts SET state = $2, reason = $3, ended_at = now() WHERE id = $1', [id, state, reason])
  await tx.query(`
    UPDATE rollout_tenants SET open = false, message = CASE WHEN state = 'waiting' THEN 'The rollout ended before its turn.' ELSE message END,
      state = CASE WHEN state = 'waiting' THEN 'skipped' ELSE state END WHERE rollout_id = $1`, [id])
}

export interface RolloutChange { release?: string, concurrency?: number, maxFailures?: number, onFailure?: Rollout['onFailure'] }

/**
 * Changes a rollout that has not ended. With another release every tenant that is not there yet has its turn again, in its wave.
 * Throws what `requireUsable` throws.
 */
export async function changeRollout (tx: PoolClient, { id }: Rollout, { release, concurrency, maxFailures, onFailure }: RolloutChange): Promise<void> {
  if (release !== undefined) {
    await requireUsable(tx, release)
    await tx.query(`
      UPDATE rollout_tenants m SET message = '', state = CASE WHEN t.release = $2 THEN 'unchanged' ELSE 'waiting' END
      FROM tenants t WHERE t.id = m.tenant_id AND m.rollout_id = $1 AND m.state IN ('waiting', 'moved', 'unchanged', 'failed')`, [id, release])
  }
  await tx.query(`
    UPDATE rollouts SET release = coalesce($2, release), concurrency = coalesce($3, concurrency), max_failures = coalesce($4, max_failures),
      on_failure = coalesce($5, on_failure) WHERE id = $1`, [id, release ?? null, concurrency ?? null, maxFailures ?? null, onFailure ?? null])
  await announce(tx, id)
}

/** Goes on with a paused rollout; those that failed have their turn again, after the others of their wave. */
export async function resumeRollout (tx: PoolClient, { id }: Rollout): Promise<void> {
  await tx.query("UPDATE rollout_tenants SET state = 'waiting', message = '' WHERE rollout_id = $1 AND state = 'failed'", [id])
  await setState(tx, id, 'running', '')
  await announce(tx, id)
}

/** Tells those that follow a rollout, and those that drive it, at the end of the transaction. */
export async function announce (tx: PoolClient, id: string): Promise<void> {
  await tx.query("SELECT pg_notify('berth_rollouts', $1)", [id])
}

function newRolloutId (): string {
  return `ro_${newTenantId().slice(3)}`
}
