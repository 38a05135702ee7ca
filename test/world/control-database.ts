import { pino } from 'pino'
import { migrateControlDatabase } from '../../provisioner/database/migrate-control-database.ts'
import { inTransaction, openPool } from '../../provisioner/database/pool.ts'
import type { Pool } from '../../provisioner/database/pool.ts'
import { registerDatabaseServer } from '../../provisioner/tenants/database-server-store.ts'
import { addDomain } from '../../provisioner/tenants/domain-store.ts'
import { insertRelease } from '../../provisioner/tenants/release-store.ts'
import { insertTenant } from '../../provisioner/tenants/tenant-store.ts'
import type { Hostname } from '../../gateway/hostname.ts'
import type { PostgresService } from './postgres.ts'
import type { Teardown } from './teardown.ts'

export const silent = pino({ level: 'silent' })

export function controlEndpoint ({ host, port, controlPassword }: PostgresService) {
  return { host, port, user: 'berth_control', password: controlPassword, database: 'berth_control' }
}

/** The control database, migrated, with a database server and a release. */
export async function openControlDatabase (t: Teardown, postgres: PostgresService): Promise<Pool> {
  const pool = openPool(controlEndpoint(postgres), 5, silent)
  t.teardown(async () => { await pool.end() })
  await migrateControlDatabase(pool, silent)
  await registerDatabaseServer(pool, { name: 'default', host: postgres.host, port: postgres.port, user: '', password: '', tenantHost: '10.213.0.1' })
  await inTransaction(pool, async tx => {
    await insertRelease(tx, { version: '1', image: 'app', port: 3000, healthPath: '/', migrate: null, env: {}, resources: {}, volume: false, strategy: null })
  })
  await pool.query("UPDATE releases SET state = 'usable'")
  return pool
}

/** A tenant and its domain in the control database, and nowhere else. */
export async function addTenant (pool: Pool, slug: string): Promise<string> {
  return await inTransaction(pool, async tx => {
    const id = await insertTenant(tx, { slug, name: slug, release: null, env: {} })
    await addDomain(tx, id, `${slug}.berth.test` as Hostname, true)
    return id
  })
}
