import type { Config } from '../config.ts'
import type { Queryable } from '../database/pool.ts'

/** Makes the configured database server known, or follows its move to another address. */
export async function registerDatabaseServer (db: Queryable, server: Config['databaseServer']): Promise<void> {
  await db.query(`
    INSERT INTO database_servers (name, host, port, tenant_host) VALUES ($1, $2, $3, $4)
    ON CONFLICT (name) DO UPDATE SET host = excluded.host, port = excluded.port, tenant_host = excluded.tenant_host`,
  [server.name, server.host, server.port, server.tenantHost])
}
