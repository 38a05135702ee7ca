import type { FastifyInstance } from 'fastify'

/**
 * A request that was under way when the stop began keeps its connection open for more, and the server would wait for
 * those: its answer has to say that it is the last one.
 */
export function closeAfterLastResponse (app: FastifyInstance): void {
  let stopping = false
  app.addHook('preClose', async () => { stopping = true })
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close')
  })
}
