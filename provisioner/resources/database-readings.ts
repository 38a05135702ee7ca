import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { openPool } from '../database/pool.ts'

/** How full a database server is. */
export interface ServerSizes {
  /** Bytes of each tenant's database. */
  tenants: Map<string, number>
  /** Of all databases that take connections. */
  databases: number
  bytes: number
}

export interface DatabaseReadings {
  /** Looks at every file of every database: some hundred microseconds each, so not every minute. */
  sizes (): Promise<ServerSizes>
  load (): Promise<{ connections: number, maxConnections: number }>
  close (): Promise<void>
}

/** Reads a database server's numbers on a connection of its own: nobody waits for them, and they wait for nobody. */
export function openDatabaseReadings (server: Config['databaseServer'], installation: string, log: Logger): DatabaseReadings {
  const pool = openPool({ ...server, database: 'postgres' }, 2, log)
  return {
    async sizes () {
      const { rows } = await pool.query<{ tenant: string | null, bytes: number | null }>(`
        SELECT CASE WHEN shobj_description(r.oid, 'pg_authid') = $1 || r.rolname AND d.datname = r.rolname THEN r.rolname::text END AS tenant, pg_database_size(d.oid) AS bytes
        FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datconnlimit <> -2`, [`berth.installation=${installation} berth.tenant=`])
      return {
        tenants: new Map(rows.flatMap(({ tenant, bytes }) => tenant === null || bytes === null ? [] : [[tenant, bytes]])),
        databases: rows.length,
        bytes: rows.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)
      }
    },
    async load () {
      const { rows: [row] } = await pool.query<{ connections: number, maxConnections: number }>(
        "SELECT count(*) AS connections, current_setting('max_connections')::int AS \"maxConnections\" FROM pg_stat_activity WHERE backend_type = 'client backend'")
      return row as { connections: number, maxConnections: number }
    },
    close: async () => { await pool.end() }
  }
}
