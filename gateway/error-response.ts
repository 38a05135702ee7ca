import type { Logger } from 'pino'
import { renderErrorPage } from './error-page.ts'
import type { ErrorPage } from './error-page.ts'
import { GatewayError, PROBLEMS } from './errors.ts'
import type { ProblemCode } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { keepForUnsentBody } from './request-body.ts'

/** What the client sees of an error: a status, headers, and a page or a problem (RFC 9457). */
export interface ErrorResponse {
  status: number
  headers: Record<string, string>
  body: string
}

/** Makes the page for browsers. */
export type RenderPage = (code: ProblemCode, page: ErrorPage) => string

const ownPage: RenderPage = (_code, page) => renderErrorPage(page)

export function errorResponse (code: ProblemCode, accept: string | undefined, requestId: string, retryAfterMs: number | null = null, render: RenderPage = ownPage): ErrorResponse {
  const problem = PROBLEMS[code]
  const { status, title, detail, next } = problem
  const html = prefersHtml(accept)
  const headers: Record<string, string> = {
    'content-type': html ? 'text/html; charset=utf-8' : 'application/problem+json',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId
  }
  if ('retryAfterSeconds' in problem) {
    headers['retry-after'] = String(retryAfterMs === null ? problem.retryAfterSeconds : Math.ceil(retryAfterMs / 1000))
  }
  const body = html
    ? render(code, { status, title, detail, next, requestId })
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

/** Answers with what went wrong; for a client that is gone, or has part of an answer, only the record is left. */
export function failWith (log: Logger, render: RenderPage = ownPage) {
  return (exchange: Exchange, cause: unknown): void => {
    const { request, response } = exchange
    const err = cause instanceof GatewayError ? cause : new GatewayError('internal', { cause })
    if (err.code === 'internal') log.error({ err, requestId: exchange.id }, 'Request failed')
    else if (err.cause !== undefined) log.debug({ err, requestId: exchange.id, tenant: exchange.route?.tenantId }, 'Tenant failed')
    // It may have broken, and been answered, while a stage was still at work.
    if (response.destroyed || response.writableEnded) return
    if (response.headersSent) {
      response.destroy()
      return
    }
    exchange.problem = err.code
    keepForUnsentBody(exchange)
    if ('closes' in PROBLEMS[err.code]) response.shouldKeepAlive = false
    const { status, headers, body } = errorResponse(err.code, request.headers.accept, exchange.id, err.retryAfterMs, render)
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
    response.end(body)
  }
}
