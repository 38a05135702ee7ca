import type { Queryable } from '../database/pool.ts'
import type { PoolSubnet } from '../resources/address-pool.ts'
import { allHosts } from '../tenants/domain-store.ts'
import type { Register, RegisteredTenant } from './census.ts'

/** Reads of every tenant what a census needs. */
export async function readRegister (db: Queryable, subnet: PoolSubnet): Promise<Register> {
  const { rows } = await db.query<Omit<RegisteredTenant, 'instances'> & { instances: Array<{ name: string, index: number, port: number, healthPath: string }> }>(`
    SELECT t.id, t.wanted, t.observed_generation = t.generation AND tenant_status(t) IN ('ready', 'suspended') AS settled,
      ARRAY(SELECT host FROM domains d WHERE d.tenant_id = t.id AND NOT d.removed) AS hosts,
      coalesce((SELECT jsonb_agg(jsonb_build_object('name', i.name, 'index', a.index, 'port', i.port, 'healthPath', r.health_path))
        FROM instances i JOIN addresses a ON a.instance = i.name JOIN releases r ON r.version = i.release WHERE i.tenant_id = t.id), '[]') AS instances
    FROM tenants t`)
  const tenants = rows.map(row => ({
    ...row,
    instances: row.instances.map(({ index, ...instance }) => ({ ...instance, address: subnet.addressAt(index) as string }))
  }))
  const { rows: releases } = await db.query<{ proofs: string[], templates: string[] }>(`
    SELECT ARRAY(SELECT id FROM releases WHERE state = 'verifying') AS proofs, ARRAY(SELECT id FROM releases WHERE template) AS templates`)
  return { tenants, hosts: await allHosts(db), ...releases[0] as { proofs: string[], templates: string[] } }
}
