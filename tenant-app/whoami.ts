import { hostname } from 'node:os'
import type { FastifyInstance } from 'fastify'
import type { Database } from './database.ts'
import { readTenant } from './tenant.ts'

export interface Whereabouts {
  database: string
  user: string
  hostname: string
}

/** Says which tenant, database, role and container answered: what one looks at to see that tenants are apart. */
export async function whoami (app: FastifyInstance, { database, tenantId }: { database: Database, tenantId: string }): Promise<void> {
  app.get('/api/whoami', async (request, reply) => {
    const { id, slug, name } = readTenant(request.headers, tenantId)
    reply.header('cache-control', 'no-store')
    return { tenantId: id, slug, name, ...await findWhereabouts(database) }
  })
}

export async function findWhereabouts (database: Database): Promise<Whereabouts> {
  const [row] = await database.query<{ database: string, user: string }>('SELECT current_database() AS database, current_user AS user')
  if (row === undefined) throw new Error('SELECT returned no row')
  return { ...row, hostname: hostname() }
}
