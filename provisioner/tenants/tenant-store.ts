import type { LimitOverrides } from '../../gateway/limits.ts'
import type { PoolClient, Queryable } from '../database/pool.ts'
import { Problem } from '../errors.ts'
import type { Condition, Env, Failure, Release, Resources, Status, Strategy, Tenant } from './tenant.ts'
import { isTenantId, newTenantId } from './names.ts'
import { releaseToBegin, requireUsable } from './release-store.ts'

const COLUMNS = `
  t.id, t.slug, t.name, t.created_at AS "createdAt", t.wanted, t.release, t.env, t.resources, t.limits, t.restarts, t.strategy,
  t.database_server AS "databaseServer", t.generation, t.observed_generation AS "observedGeneration", t.conditions,
  t.migrated, t.migrated_before AS "migratedBefore", t.failure, CASE WHEN t.crashed_at > now() - interval '15 minutes' THEN t.crashes ELSE 0 END AS crashes, t.ready_at AS "readyAt", t.position, tenant_status(t) AS status,
  ARRAY(SELECT jsonb_build_object('host', d.host, 'primary', d.is_primary) FROM domains d
        WHERE d.tenant_id = t.id AND NOT d.removed ORDER BY d.is_primary DESC, d.created_at, d.host) AS domains`

type TenantRow = Tenant & { position: number }

export interface NewTenant {
  slug: string
  name: string
  /** Null for the newest usable. */
  release: string | null
  env: Env
  limits?: LimitOverrides
}

/** Adds a tenant, without domains. Throws slug_taken, slug_being_freed, no_release, and what `requireUsable` throws. */
export async function insertTenant (tx: PoolClient, tenant: NewTenant): Promise<string> {
  const { version: release } = tenant.release === null ? await releaseToBegin(tx) : await requireUsable(tx, tenant.release)
  const id = newTenantId()
  const { rowCount } = await tx.query(`
    INSERT INTO tenants (id, slug, name, release, release_pinned, env, resources, limits, database_server)
    SELECT $1, $2, $3, $4, $5, $6, '{}', $7, name FROM database_servers ORDER BY name LIMIT 1
    ON CONFLICT (slug) DO NOTHING`,
  [id, tenant.slug, tenant.name, release, tenant.release !== null, tenant.env, tenant.limits ?? {}])
  if (rowCount === 0) throw await slugTaken(tx, tenant.slug)
  await tx.query('INSERT INTO work (tenant_id) VALUES ($1)', [id])
  await tx.query("SELECT pg_notify('berth_work', '')")
  return id
}

/** Finds a tenant by id or slug. */
export async function findTenant (db: Queryable, idOrSlug: string): Promise<Tenant | null> {
  const column = isTenantId(idOrSlug) ? 'id' : 'slug'
  const { rows } = await db.query<TenantRow>(`SELECT ${COLUMNS} FROM tenants t WHERE t.${column} = $1`, [idOrSlug])
  return rows[0] ?? null
}

/** The generation of a tenant, or null when it is gone. */
export async function readGeneration (db: Queryable, id: string): Promise<number | null> {
  const { rows } = await db.query<{ generation: number }>('SELECT generation FROM tenants WHERE id = $1', [id])
  return rows[0]?.generation ?? null
}

/** Finds a tenant by id or slug and locks its row to the end of the transaction. Throws tenant_not_found. */
export async function lockTenant (tx: PoolClient, idOrSlug: string): Promise<Tenant> {
  const column = isTenantId(idOrSlug) ? 'id' : 'slug'
  const { rows } = await tx.query<TenantRow>(`SELECT ${COLUMNS} FROM tenants t WHERE t.${column} = $1 FOR UPDATE OF t`, [idOrSlug])
  if (rows[0] === undefined) throw tenantNotFound(idOrSlug)
  return rows[0]
}

export function tenantNotFound (idOrSlug: string): Problem {
  return new Problem('tenant_not_found', `No tenant has the id or slug "${idOrSlug.slice(0, 64)}".`)
}

/** What a list of tenants can be sorted by: always as text, and a failed tenant before one that is well. */
const SORT_KEYS = {
  created: "''",
  slug: 't.slug',
  name: 'lower(t.name)',
  release: 't.release',
  status: "array_position(ARRAY['failed', 'degraded', 'provisioning', 'deleting', 'suspended', 'asleep', 'ready'], tenant_status(t))::text"
} as const
export const TENANT_SORTS = ['created', '-created', 'slug', '-slug', 'name', '-name', 'release', '-release', 'status', '-status'] as const
export type TenantSort = typeof TENANT_SORTS[number]

export interface TenantFilter {
  /** Where the page before ended. */
  after: { key: string, position: number } | null
  limit: number
  /** `-` before it turns the order round. Those that are alike are in the order of their creation, or against it. */
  sort: TenantSort
  q?: string | undefined
  status?: Status | undefined
  release?: string | undefined
  /** Of these alone; null for all. */
  ids?: string[] | null
}

/** Tenants in an order, with the place to go on from. */
export async function listTenants (db: Queryable, filter: TenantFilter): Promise<{ items: Tenant[], next: { key: string, position: number } | null }> {
  const down = filter.sort.startsWith('-')
  const key = SORT_KEYS[filter.sort.replace('-', '') as keyof typeof SORT_KEYS]
  const [order, beyond] = down ? ['DESC', '<'] : ['ASC', '>']
  const { rows } = await db.query<TenantRow & { key: string }>(`
    SELECT ${COLUMNS}, ${key} AS key FROM tenants t
    WHERE ($1::bigint IS NULL OR (${key}, t.position) ${beyond} ($6, $1))
      AND ($2::text IS NULL OR strpos(lower(t.slug || ' ' || t.name), lower($2)) > 0
        OR EXISTS (SELECT FROM domains d WHERE d.tenant_id = t.id AND NOT d.removed AND strpos(d.host, lower($2)) > 0))
      AND ($3::text IS NULL OR tenant_status(t) = $3)
      AND ($4::text IS NULL OR t.release = $4)
      AND ($7::text[] IS NULL OR t.id = ANY($7))
    ORDER BY ${filter.sort.endsWith('created') ? '' : `${key} ${order}, `}t.position ${order} LIMIT $5`,
  [filter.after?.position ?? null, filter.q ?? null, filter.status ?? null, filter.release ?? null, filter.limit + 1, filter.after?.key ?? '', filter.ids ?? null])
  const items = rows.slice(0, filter.limit)
  const last = items.at(-1)
  return { items, next: rows.length > filter.limit && last !== undefined ? { key: last.key, position: last.position } : null }
}

/** How many tenants have each status that some tenant has. */
export async function countTenants (db: Queryable): Promise<Map<Status, number>> {
  const { rows } = await db.query<{ status: Status, count: number }>('SELECT tenant_status(t) AS status, count(*) AS count FROM tenants t GROUP BY 1')
  return new Map(rows.map(({ status, count }) => [status, count]))
}

export interface TenantChange {
  name?: string
  env?: Env
  resources?: Partial<Resources>
  limits?: LimitOverrides
  wanted?: Tenant['wanted']
  release?: string
  /** Of a change of `release`; none said takes back what an earlier deploy said. */
  strategy?: Strategy | null
  restart?: true
}

/**
 * Changes what is wanted of a tenant, and asks for it to be looked at. Every change is a new generation, which also ends a
 * failure of the one before. Throws what `requireUsable` throws.
 */
export async function changeTenant (tx: PoolClient, id: string, change: TenantChange): Promise<void> {
  if (change.release !== undefined) await requireUsable(tx, change.release)
  await tx.query(`
    UPDATE tenants SET
      name = coalesce($2, name), env = coalesce($3, env), resources = coalesce($4, resources), limits = coalesce($8, limits),
      wanted = coalesce($5, wanted), release = coalesce($6, release), release_pinned = release_pinned OR $6 IS NOT NULL,
      strategy = CASE WHEN $6::text IS NULL THEN strategy ELSE $9 END, restarts = restarts + $7, generation = generation + 1, failure = NULL
    WHERE id = $1`,
  [id, change.name ?? null, change.env ?? null, change.resources ?? null, change.wanted ?? null, change.release ?? null,
    change.restart === true ? 1 : 0, change.limits ?? null, change.strategy ?? null])
  await requestWork(tx, [id])
}

/** Asks for tenants to be looked at now. A pass that is under way is followed by another. */
export async function requestWork (db: Queryable, ids: string[]): Promise<void> {
  await db.query('UPDATE work SET due_at = now(), requests = requests + 1, attempts = 0 WHERE tenant_id = ANY($1)', [ids])
  await db.query("SELECT pg_notify('berth_work', '')")
}

/** Moves tenants that never served, and were not told which release to use, to the newest. Returns their ids. */
export async function adoptNewestRelease (tx: PoolClient, version: string): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(`
    UPDATE tenants SET release = $1, generation = generation + 1, failure = NULL
    WHERE ready_at IS NULL AND NOT release_pinned AND wanted <> 'deleted' RETURNING id`, [version])
  return rows.map(row => row.id)
}

/** What a pass found, written only while the pass holds its lease (`epoch`). */
export interface Observation {
  /** The generation that the pass worked towards. */
  generation: number
  /** Whether the pass came to an end for that generation: it is as wanted, or is known not to be possible. */
  settled: boolean
  conditions: Condition[]
  failure: Failure | null
  ready: boolean
  /** Whether an instance failed in this pass. */
  crashed: boolean
}

/** Records an observation. Returns false, and writes nothing, when the lease was lost. */
export async function recordObservation (db: Queryable, { id, crashes, release }: Tenant, epoch: number, seen: Observation): Promise<boolean> {
  // A failure belongs to the generation that was seen; one that came meanwhile starts without it.
  const { rowCount } = await db.query(`
    UPDATE tenants SET
      observed_generation = CASE WHEN $4 THEN $3 ELSE observed_generation END,
      conditions = $5,
      failure = CASE WHEN generation = $3 THEN $6::jsonb END,
      ready_at = CASE WHEN $7 THEN coalesce(ready_at, now()) ELSE ready_at END,
      crashes = CASE WHEN $8 THEN $9 ELSE crashes END,
      crashed_at = CASE WHEN $8 THEN now() ELSE crashed_at END
    WHERE id = $1 AND EXISTS (SELECT FROM work WHERE tenant_id = $1 AND epoch = $2)`,
  [id, epoch, seen.generation, seen.settled, JSON.stringify(seen.conditions), seen.failure === null ? null : JSON.stringify(seen.failure), seen.ready,
    seen.crashed, crashes + 1])
  if (seen.ready && rowCount === 1) await recordHealthy(db, id, release)
  await db.query("SELECT pg_notify('berth_settled', $1)", [id])
  return rowCount === 1
}

/** At most so many releases are remembered that a tenant was healthy with. */
const KEPT_RELEASES = 20

async function recordHealthy (db: Queryable, id: string, release: string): Promise<void> {
  const { rowCount } = await db.query(`
    INSERT INTO healthy_releases (tenant_id, release) SELECT id, $2 FROM tenants
    WHERE id = $1 AND $2 IS DISTINCT FROM (SELECT release FROM healthy_releases WHERE tenant_id = $1 ORDER BY position DESC LIMIT 1)`, [id, release])
  if (rowCount === 0) return
  await db.query(`
    DELETE FROM healthy_releases WHERE tenant_id = $1 AND position <=
      (SELECT position FROM healthy_releases WHERE tenant_id = $1 ORDER BY position DESC OFFSET $2 LIMIT 1)`, [id, KEPT_RELEASES])
}

/** The release that a tenant was last healthy with before the one that is wanted of it, or null. */
export async function lastHealthyRelease (db: Queryable, id: string): Promise<string | null> {
  const { rows } = await db.query<{ release: string }>(`
    SELECT h.release FROM healthy_releases h JOIN tenants t ON t.id = h.tenant_id
    WHERE h.tenant_id = $1 AND h.release <> t.release ORDER BY h.position DESC LIMIT 1`, [id])
  return rows[0]?.release ?? null
}

/** Whose migrations the tenant's database has too, from now on. */
export async function recordMigrated (db: Queryable, id: string, epoch: number, release: string): Promise<void> {
  await db.query(`
    UPDATE tenants SET migrated = $3, migrated_before = array_remove(array_remove(migrated_before, migrated) || migrated, NULL)
    WHERE id = $1 AND EXISTS (SELECT FROM work WHERE tenant_id = $1 AND epoch = $2)`, [id, epoch, release])
}

/** The tenant's database was made anew: from the template of this release, or with null with no migrations at all. */
export async function recordNewDatabase (db: Queryable, id: string, epoch: number, release: Pick<Release, 'version' | 'contains'> | null): Promise<void> {
  await db.query(`
    UPDATE tenants SET migrated = $3, migrated_before = array_remove($4, $3)
    WHERE id = $1 AND EXISTS (SELECT FROM work WHERE tenant_id = $1 AND epoch = $2)`, [id, epoch, release?.version ?? null, release?.contains ?? []])
}

/** Ends a tenant whose resources are gone: its slug and its domains are free again. */
export async function forgetTenant (db: Queryable, id: string, epoch: number): Promise<void> {
  await db.query("DELETE FROM tenants WHERE id = $1 AND wanted = 'deleted' AND EXISTS (SELECT FROM work WHERE tenant_id = $1 AND epoch = $2)", [id, epoch])
  await db.query("SELECT pg_notify('berth_settled', $1)", [id])
}

async function slugTaken (tx: PoolClient, slug: string): Promise<Problem> {
  const { rows } = await tx.query<{ wanted: Tenant['wanted'] }>('SELECT wanted FROM tenants WHERE slug = $1', [slug])
  // Gone meanwhile, or about to be.
  if (rows[0] === undefined || rows[0].wanted === 'deleted') return new Problem('slug_being_freed', `The tenant that has the slug "${slug}" is being deleted; try again in a moment.`)
  return new Problem('slug_taken', `The slug "${slug}" belongs to another tenant; choose another.`)
}
