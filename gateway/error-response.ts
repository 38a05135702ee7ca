import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { renderErrorPage } from './error-page.ts'
import { GatewayError, PROBLEMS } from './errors.ts'
import type { ProblemCode } from './errors.ts'
import { keepForUnsentBody } from './request-body.ts'
import { isUpgrade } from './tunnel.ts'

/** What the client sees of an error: a status, headers, and a page or a problem (RFC 9457). */
export interface ErrorResponse {
  status: number
  headers: Record<string, string>
  body: string
}

export function errorResponse (code: ProblemCode, accept: string | undefined, requestId: string): ErrorResponse {
  const problem = PROBLEMS[code]
  const { status, title, detail, next } = problem
  const html = prefersHtml(accept)
  const headers: Record<string, string> = {
    'content-type': html ? 'text/html; charset=utf-8' : 'application/problem+json',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId
  }
  if ('retryAfterSeconds' in problem) headers['retry-after'] = String(problem.retryAfterSeconds)
  const body = html
    ? renderErrorPage({ status, title, detail, next, requestId })
    : JSON.stringify({ type: 'about:blank', title, status, detail: `${detail} ${next}`, code, requestId })
  return { status, headers, body }
}

/** Browsers ask for text/html by name; whoever takes anything gets what a program can read. */
export function prefersHtml (accept: string | undefined): boolean {
  if (accept === undefined) return false
  return accept.split(',').some(range => {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim().toLowerCase())
    return type === 'text/html' && !parameters.some(parameter => /^q=0(\.0*)?$/.test(parameter))
  })
}

/** The error handler of the public server. */
export function sendError (log: Logger) {
  return (err: FastifyError | GatewayError, request: FastifyRequest, reply: FastifyReply): void => {
    const { exchange } = request
    const { code } = err instanceof GatewayError ? err : new GatewayError('internal', { cause: err })
    exchange.problem = code
    if (code === 'internal') log.error({ err, requestId: exchange.id }, 'Request failed')
    else if (err.cause !== undefined) log.debug({ err, requestId: exchange.id, tenant: exchange.route?.tenantId }, 'Tenant failed')
    if (!isUpgrade(request.raw)) keepForUnsentBody(request.raw, reply.raw)
    const { status, headers, body } = errorResponse(code, request.raw.headers.accept, exchange.id)
    // As bytes: Fastify would add a charset, which application/problem+json does not have.
    reply.code(status).headers(headers).send(Buffer.from(body))
  }
}
