import type { Queryable } from '../database/pool.ts'
import type { Condition, ReleaseState, Status } from './tenant.ts'

/** How long a tenant may be on its way until somebody should look. */
const SLOW_MINUTES = 5

/** A tenant that needs somebody, and the condition that says why: null for one that takes too long without saying why. */
export interface Attention {
  tenant: { id: string, slug: string, name: string }
  status: Status
  condition: Pick<Condition, 'type' | 'reason' | 'message' | 'since'> | null
}

/** Tenants by status; of these only, null for all. */
export async function tenantsByStatus (db: Queryable, tenants: string[] | null): Promise<Partial<Record<Status, number>>> {
  const { rows } = await db.query<{ status: Status, count: number }>(
    'SELECT tenant_status(t) AS status, count(*) AS count FROM tenants t WHERE $1::text[] IS NULL OR id = ANY($1) GROUP BY 1 ORDER BY 1', [tenants])
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
}

/** The worst first: those that cannot serve, those that serve although something is wrong, those that take too long; of each the longest so. */
export async function tenantsInNeed (db: Queryable, tenants: string[] | null, limit: number): Promise<Attention[]> {
  const { rows } = await db.query<Attention['tenant'] & { status: Status, conditions: Condition[] }>(`
    SELECT id, slug, name, status, conditions FROM (
      SELECT t.id, t.slug, t.name, t.position, tenant_status(t) AS status, t.conditions,
             (SELECT min(c ->> 'since') FROM jsonb_array_elements(t.conditions) c WHERE c ->> 'status' <> 'True') AS since, t.created_at
      FROM tenants t WHERE $1::text[] IS NULL OR id = ANY($1)) all_tenants
    WHERE status IN ('failed', 'degraded')
       OR (status IN ('provisioning', 'deleting') AND coalesce(since::timestamptz, created_at) < now() - $2 * interval '1 minute')
    ORDER BY array_position(ARRAY['failed', 'degraded', 'provisioning', 'deleting'], status), since, position LIMIT $3`, [tenants, SLOW_MINUTES, limit])
  return rows.map(({ status, conditions, ...tenant }) => ({ tenant, status, condition: worst(conditions) }))
}

/** The first that does not hold: what comes after it waits for it. */
function worst (conditions: Condition[]): Attention['condition'] {
  const found = conditions.find(({ status }) => status === 'False') ?? conditions.find(({ status }) => status === 'Unknown')
  if (found === undefined) return null
  const { type, reason, message, since } = found
  return { type, reason, message, since }
}

export interface ReleaseInUse { version: string, tenants: number, state: ReleaseState }

/** The releases that tenants are at, and the newest, newest first. */
export async function releasesInUse (db: Queryable, tenants: string[] | null): Promise<ReleaseInUse[]> {
  const { rows } = await db.query<ReleaseInUse>(`
    SELECT r.version, count(t.id) AS tenants, r.state FROM releases r LEFT JOIN tenants t ON t.release = r.version AND ($1::text[] IS NULL OR t.id = ANY($1))
    GROUP BY r.version, r.state, r.position HAVING count(t.id) > 0 OR r.position = (SELECT max(position) FROM releases) ORDER BY r.position DESC`, [tenants])
  return rows
}

/** The memory that running tenants may take together, where neither they nor their release say how much `defaultBytes` each. */
export async function memoryLimits (db: Queryable, defaultBytes: number): Promise<number> {
  const { rows: [row] } = await db.query<{ bytes: number }>(`
    SELECT coalesce(sum(coalesce((t.resources ->> 'memoryBytes')::float8, (r.resources ->> 'memoryBytes')::float8, $1)), 0)::float8 AS bytes
    FROM tenants t JOIN releases r ON r.version = t.release WHERE t.wanted = 'running'`, [defaultBytes])
  return row?.bytes ?? 0
}

export async function databaseServers (db: Queryable): Promise<Array<{ name: string, host: string }>> {
  const { rows } = await db.query<{ name: string, host: string }>('SELECT name, host FROM database_servers ORDER BY name')
  return rows
}
