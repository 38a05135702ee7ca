import type { PoolClient, Queryable } from '../database/pool.ts'
import type { Hostname } from '../../gateway/hostname.ts'
import { Problem } from '../errors.ts'

/**
 * Gives a tenant a domain; again with the same host it changes only which is primary. Throws domain_taken, or
 * domain_being_freed while another tenant's route of it may still stand.
 * A host that the tenant removed a moment ago, and whose route may still stand, comes back.
 */
export async function addDomain (tx: PoolClient, tenantId: string, host: Hostname, primary: boolean): Promise<void> {
  if (primary) await tx.query('UPDATE domains SET is_primary = false WHERE tenant_id = $1 AND is_primary', [tenantId])
  const { rowCount } = await tx.query(`
    INSERT INTO domains (host, tenant_id, is_primary) VALUES ($1, $2, $3)
    ON CONFLICT (host) DO UPDATE SET removed = false, is_primary = domains.is_primary OR excluded.is_primary
      WHERE domains.tenant_id = excluded.tenant_id`,
  [host, tenantId, primary])
  if (rowCount === 0) throw await domainTaken(tx, host)
}

async function domainTaken (tx: PoolClient, host: Hostname): Promise<Problem> {
  const { rows } = await tx.query<{ leaving: boolean }>(
    "SELECT d.removed OR t.wanted = 'deleted' AS leaving FROM domains d JOIN tenants t ON t.id = d.tenant_id WHERE d.host = $1", [host])
  // Gone meanwhile, or about to be.
  if (rows[0]?.leaving !== false) return new Problem('domain_being_freed', `The domain "${host}" is being taken from another tenant; try again in a moment.`)
  return new Problem('domain_taken', `The domain "${host}" belongs to another tenant.`)
}

/** Marks a domain as removed; its route is withdrawn by the next pass. Throws domain_not_found or primary_domain. */
export async function removeDomain (tx: PoolClient, tenantId: string, host: Hostname): Promise<void> {
  const { rows } = await tx.query<{ is_primary: boolean }>(
    'SELECT is_primary FROM domains WHERE host = $1 AND tenant_id = $2 AND NOT removed FOR UPDATE', [host, tenantId])
  if (rows[0] === undefined) throw new Problem('domain_not_found', `The tenant has no domain "${host}".`)
  if (rows[0].is_primary) throw new Problem('primary_domain', `"${host}" is the primary domain; make another primary first.`)
  await tx.query('UPDATE domains SET removed = true WHERE host = $1', [host])
}

/** Every host that the tenant has, or had and may still be routed. */
export async function hostsOf (db: Queryable, tenantId: string): Promise<{ wanted: Hostname[], removed: Hostname[] }> {
  const { rows } = await db.query<{ host: Hostname, removed: boolean }>(
    'SELECT host, removed FROM domains WHERE tenant_id = $1 ORDER BY created_at, host', [tenantId])
  return { wanted: rows.filter(row => !row.removed).map(row => row.host), removed: rows.filter(row => row.removed).map(row => row.host) }
}

/** Forgets removed domains whose routes are withdrawn: others can have them now. */
export async function forgetDomains (db: Queryable, tenantId: string, hosts: Hostname[]): Promise<void> {
  await db.query('DELETE FROM domains WHERE tenant_id = $1 AND removed AND host = ANY($2)', [tenantId, hosts])
}

/** Every host of the installation and its tenant. */
export async function allHosts (db: Queryable): Promise<Map<string, string>> {
  const { rows } = await db.query<{ host: string, tenant_id: string }>('SELECT host, tenant_id FROM domains WHERE NOT removed')
  return new Map(rows.map(row => [row.host, row.tenant_id]))
}
