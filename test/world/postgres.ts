import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { startService } from './container.ts'
import type { ServiceContainer } from './container.ts'
import { freePort } from './ports.ts'
import type { Teardown } from './teardown.ts'

export interface PostgresOptions {
  installation: string
  tenantSubnet: string
  /** Addresses to listen on; the tenants' network has to exist before a second one works. */
  listen?: readonly string[]
}

export interface PostgresService extends ServiceContainer {
  host: string
  port: number
  adminPassword: string
  controlPassword: string
  /** Runs one statement as berth_admin, in the database `postgres` unless another is named. */
  admin: (sql: string, params?: readonly unknown[], database?: string) => Promise<pg.QueryResult>
}

/** A PostgreSQL of its own on loopback, from the image that an installation runs. */
export async function startPostgres (t: Teardown, options: PostgresOptions): Promise<PostgresService> {
  const host = '127.0.0.1'
  const port = await freePort()
  const adminPassword = randomBytes(16).toString('hex')
  const controlPassword = randomBytes(16).toString('hex')

  const admin: PostgresService['admin'] = async (sql, params = [], database = 'postgres') => {
    const client = new pg.Client({ host, port, user: 'berth_admin', password: adminPassword, database })
    // A server that stops while the connection ends is what some tests are about.
    client.on('error', () => {})
    await client.connect()
    try {
      return await client.query(sql, [...params])
    } finally {
      await client.end()
    }
  }

  const container = await startService(t, {
    installation: options.installation,
    name: `${options.installation}-postgres-${port}`,
    image: 'berth-postgres',
    env: {
      BERTH_POSTGRES_PORT: String(port),
      BERTH_POSTGRES_LISTEN: (options.listen ?? [host]).join(','),
      BERTH_TENANT_SUBNET: options.tenantSubnet,
      BERTH_DATABASE_ADMIN_PASSWORD: adminPassword,
      BERTH_CONTROL_DATABASE_PASSWORD: controlPassword
    },
    tmpfs: ['/run/postgresql:mode=0755,uid=10070', '/tmp'],
    ready: async () => (await admin('SELECT')).command === 'SELECT'
  })
  return { ...container, host, port, adminPassword, controlPassword, admin }
}
