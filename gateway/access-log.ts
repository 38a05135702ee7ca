import type { onRequestHookHandler } from 'fastify'
import type { Logger } from 'pino'
import type { Exchange } from './exchange.ts'
import type { Metrics } from './metrics.ts'

/** For the log only: the client went away before it had an answer. */
const STATUS_CLIENT_GONE = 499

/** How an exchange ended, as the log and the metrics have it. */
export interface Ending {
  status: number
  /** Who broke off an exchange that did not come to its end. */
  cutBy: 'client' | 'tenant' | null
}

export function endingOf (exchange: Pick<Exchange, 'cutByTenant'>, response: { statusCode: number, headersSent: boolean, writableFinished: boolean }): Ending {
  const { statusCode, headersSent, writableFinished } = response
  if (writableFinished || statusCode === 101) return { status: statusCode, cutBy: null }
  if (exchange.cutByTenant) return { status: statusCode, cutBy: 'tenant' }
  return { status: headersSent ? statusCode : STATUS_CLIENT_GONE, cutBy: 'client' }
}

/** Counts and, if wanted, logs every request when its connection is done with it; a WebSocket when it has closed. */
export function recordExchanges (log: Logger | null, metrics: Metrics): onRequestHookHandler {
  return (request, reply, done) => {
    metrics.begin()
    const response = reply.raw
    response.once('close', () => {
      const { exchange } = request
      const ending = endingOf(exchange, response)
      const durationMs = performance.now() - exchange.startedAt
      metrics.end(ending, exchange.problem, durationMs)
      log?.info(logFields(exchange, request.raw.method ?? '', ending, durationMs), 'Request')
    })
    done()
  }
}

/** No query string: it carries what people type, and tokens. */
export function logFields (exchange: Exchange, method: string, { status, cutBy }: Ending, durationMs: number) {
  const { id, peer, host, path, route, startedAt, answeredAt, problem } = exchange
  const query = path.indexOf('?')
  return {
    requestId: id,
    tenant: route?.tenantId,
    peer,
    host,
    method,
    path: query < 0 ? path : path.slice(0, query),
    status,
    problem: problem ?? undefined,
    cutBy: cutBy ?? undefined,
    durationMs: round(durationMs),
    tenantMs: answeredAt > 0 ? round(answeredAt - startedAt) : undefined
  }
}

function round (ms: number): number {
  return Math.round(ms * 100) / 100
}
