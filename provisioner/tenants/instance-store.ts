import type { Pool, Queryable } from '../database/pool.ts'
import { inTransaction } from '../database/pool.ts'
import type { PoolSubnet } from '../resources/address-pool.ts'
import type { InstanceRecipe } from '../resources/instance-recipe.ts'

/** An instance as the control database knows it: written before its container exists, forgotten after it is gone. */
export interface Instance {
  name: string
  release: string
  specHash: string
  port: number
  /** IPv4 address on the tenants' network. It stays with the instance whatever becomes of the container. */
  address: string
  createdAt: Date
  /** When its container was last started by us; the engine's own restarts do not move it. Null before. */
  startedAt: Date | null
  drainUntil: Date | null
  /** What makes its container again; null of one that is older than recipes. */
  recipe: InstanceRecipe | null
  /** When it first answered its health path. */
  healthyAt: Date | null
  /** Since when it stands aside for another that must not run beside it. */
  asideSince: Date | null
}

/**
 * A gateway that lost touch with Redis may go on sending to an address that it knew. So an address is given to another
 * tenant only this long after its last one left it; the same tenant can have it back at once.
 */
export const ADDRESS_QUARANTINE = '1 hour'
/** Any number: held to the end of the transaction that gives out an address. */
export const ADDRESS_LOCK = 7_237_862

export async function instancesOf (db: Queryable, tenantId: string, subnet: PoolSubnet): Promise<Instance[]> {
  const { rows } = await db.query<Omit<Instance, 'address'> & { index: number }>(`
    SELECT i.name, i.release, i.spec_hash AS "specHash", i.port, i.created_at AS "createdAt", i.started_at AS "startedAt", i.drain_until AS "drainUntil",
      i.recipe, i.healthy_at AS "healthyAt", i.aside_since AS "asideSince", a.index
    FROM instances i JOIN addresses a ON a.instance = i.name WHERE i.tenant_id = $1 ORDER BY i.created_at`, [tenantId])
  return rows.map(({ index, ...row }) => ({ ...row, address: subnet.addressAt(index) as string }))
}

/** Adds an instance and gives it an address; when it exists, it stays as it is. Throws when the pools are full. */
export async function reserveInstance (
  pool: Pool, subnet: PoolSubnet, tenantId: string, instance: Pick<Instance, 'name' | 'release' | 'specHash' | 'port' | 'recipe'>
): Promise<void> {
  await inTransaction(pool, async tx => {
    await tx.query(`
      INSERT INTO instances (name, tenant_id, release, spec_hash, port, recipe) VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (name) DO UPDATE SET drain_until = NULL`,
    [instance.name, tenantId, instance.release, instance.specHash, instance.port, instance.recipe])
    await tx.query('SELECT pg_advisory_xact_lock($1)', [ADDRESS_LOCK])
    const { rows } = await tx.query<{ index: number }>(`
      SELECT index FROM (
        SELECT 1 AS rank, now() AS since, index FROM addresses WHERE instance = $1
        UNION ALL SELECT 2, released_at, index FROM addresses WHERE instance IS NULL AND tenant_id = $2
        UNION ALL SELECT 3, released_at, index FROM addresses WHERE instance IS NULL AND released_at < now() - $3::interval
        UNION ALL SELECT 4, now(), coalesce(max(index) + 1, 0) FROM addresses
      ) candidates ORDER BY rank, since
      LIMIT 1`, [instance.name, tenantId, ADDRESS_QUARANTINE])
    const index = rows[0]?.index as number
    if (subnet.addressAt(index) === null) {
      throw new Error(`Every address of ${subnet.cidr} is in use or was until less than ${ADDRESS_QUARANTINE} ago; set BERTH_TENANT_SUBNET to a larger network.`)
    }
    await tx.query(`
      INSERT INTO addresses (index, instance, tenant_id) VALUES ($1, $2, $3)
      ON CONFLICT (index) DO UPDATE SET instance = excluded.instance, tenant_id = excluded.tenant_id`, [index, instance.name, tenantId])
  })
}

export async function markStarted (db: Queryable, name: string): Promise<void> {
  await db.query('UPDATE instances SET started_at = now() WHERE name = $1', [name])
}

/** The instance answers its health path: the routes may lead to it, and it stands aside for nobody. */
export async function markHealthy (db: Queryable, name: string): Promise<void> {
  await db.query('UPDATE instances SET healthy_at = coalesce(healthy_at, now()), aside_since = NULL WHERE name = $1', [name])
}

/** Lets an instance stand aside. Returns since when it does. */
export async function setAside (db: Queryable, name: string): Promise<Date> {
  const { rows } = await db.query<{ since: Date }>(
    'UPDATE instances SET aside_since = coalesce(aside_since, now()) WHERE name = $1 RETURNING aside_since AS since', [name])
  return rows[0]?.since ?? new Date()
}

/** Starts the drain of an instance that left the routes, or shortens it. Returns when it ends. */
export async function drainInstance (db: Queryable, name: string, drainMs: number): Promise<Date> {
  const { rows } = await db.query<{ until: Date }>(
    "UPDATE instances SET drain_until = LEAST(drain_until, now() + $2 * interval '1 ms') WHERE name = $1 RETURNING drain_until AS until", [name, drainMs])
  return rows[0]?.until ?? new Date()
}

/** Forgets an instance whose container is gone; its address rests. */
export async function forgetInstance (db: Queryable, name: string): Promise<void> {
  await db.query('DELETE FROM instances WHERE name = $1', [name])
}
