import type { FastifyReply, FastifyRequest } from 'fastify'
import { toProblem } from './errors.ts'
import { renderPage } from './page.ts'
import { readTenant } from './tenant.ts'

const retryAfterSeconds = 2

export type ErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void

/** Answers an error in the form that the client reads: a page for a browser, RFC 9457 for a program. */
export function errorHandler (tenantId: string): ErrorHandler {
  return (error, request, reply) => {
    const problem = toProblem(error)
    if (problem.status === 500) request.log.error({ err: error }, 'request failed')
    if (problem.status === 503) {
      request.log.warn({ err: error }, 'request refused for now')
      reply.header('retry-after', retryAfterSeconds)
    }
    reply.code(problem.status).header('cache-control', 'no-store')
    if (prefersHtml(request)) reply.type('text/html; charset=utf-8').send(renderPage('error', { tenant: readTenant(request.headers, tenantId), problem }))
    else reply.type('application/problem+json').send(JSON.stringify(problem))
  }
}

function prefersHtml (request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') === true && !request.url.startsWith('/api/')
}
