import { inTransaction } from '../database/pool.ts'
import type { Pool, Queryable } from '../database/pool.ts'
import type { PoolSubnet } from '../resources/address-pool.ts'
import { ADDRESS_LOCK, ADDRESS_QUARANTINE } from '../tenants/instance-store.ts'

/** The address of what a proof runs, kept until it is given back; the same again for the same release. Throws when the pools are full. */
export async function reserveProofAddress (pool: Pool, subnet: PoolSubnet, releaseId: string): Promise<string> {
  return await inTransaction(pool, async tx => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [ADDRESS_LOCK])
    const { rows } = await tx.query<{ index: number }>(`
      SELECT index FROM (
        SELECT 1 AS rank, index FROM addresses WHERE instance IS NULL AND tenant_id = $1
        UNION ALL SELECT 2, index FROM addresses WHERE instance IS NULL AND released_at < now() - $2::interval
        UNION ALL SELECT 3, coalesce(max(index) + 1, 0) FROM addresses
      ) candidates ORDER BY rank, index LIMIT 1`, [releaseId, ADDRESS_QUARANTINE])
    const index = rows[0]?.index as number
    const address = subnet.addressAt(index)
    if (address === null) throw new Error(`Every address of ${subnet.cidr} is in use or was until less than ${ADDRESS_QUARANTINE} ago; set BERTH_TENANT_SUBNET to a larger network.`)
    await tx.query(`
      INSERT INTO addresses (index, tenant_id, released_at) VALUES ($1, $2, 'infinity')
      ON CONFLICT (index) DO UPDATE SET tenant_id = excluded.tenant_id, released_at = excluded.released_at`, [index, releaseId])
    return address
  })
}

/** No gateway ever heard of it: the next can have it at once. */
export async function freeProofAddress (db: Queryable, releaseId: string): Promise<void> {
  await db.query("UPDATE addresses SET released_at = '-infinity' WHERE tenant_id = $1 AND instance IS NULL", [releaseId])
}
