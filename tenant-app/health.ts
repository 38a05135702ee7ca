import type { FastifyInstance } from 'fastify'
import type { Database } from './database.ts'
import { AppError } from './errors.ts'

const timeoutMs = 1_500

/** Ready means that notes can be read, so the database has to answer. */
export async function health (app: FastifyInstance, { database }: { database: Database }): Promise<void> {
  app.get('/healthz', async (_request, reply) => {
    if (!await database.answers(timeoutMs)) throw new AppError('database-unavailable')
    return reply.header('cache-control', 'no-store').send({ status: 'ok' })
  })
}
