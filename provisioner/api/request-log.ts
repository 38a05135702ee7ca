import fp from 'fastify-plugin'

/** What an error may carry of the values in a request: PostgreSQL quotes them. Request headers are not logged at all. */
export const REDACTED = ['err.detail', 'err.where', 'err.cause.detail', 'err.cause.where']

/** Gives every answer its request's id, and every request a line in the log. */
export const requestLog = fp(async app => {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const level = request.routeOptions.config.quiet === true ? 'debug' : 'info'
    request.log[level]({ req: request, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime) }, 'request')
  })
}, { name: 'request-log' })

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked for every few seconds by machines: logged at debug level. */
    quiet?: boolean
  }
}
