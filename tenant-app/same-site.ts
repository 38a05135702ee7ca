import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { AppError } from './errors.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Hook: another site's page may neither post a form here nor open the WebSocket in its visitor's name. */
export async function refuseCrossSite (request: FastifyRequest): Promise<void> {
  const guarded = !safeMethods.has(request.method) || request.headers.upgrade !== undefined
  if (guarded && !isSameSite(request.headers)) throw new AppError('cross-site')
}

/**
 * Browsers send Sec-Fetch-Site from secure origins (and localhost), Origin always on what is guarded here. A client that
 * sends neither is no browser, so nobody is being misused.
 */
export function isSameSite ({ 'sec-fetch-site': site, origin, host }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}
