import Fastify from 'fastify'
import type { FastifyError, FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'

const PROBLEM_TYPE = 'application/problem+json'

export interface Readiness {
  ready: boolean
  /** Shown to whoever asks; nothing secret, nothing of a tenant. */
  detail: Record<string, unknown>
}

/** The gateway's own server, apart from the tenants' traffic, on loopback: no path of a tenant's domain is reserved. */
export function buildAdmin (readiness: () => Readiness | Promise<Readiness>, metrics: () => Promise<string>): FastifyInstance {
  const app = Fastify({ logger: false, frameworkErrors: (err, request, reply) => { app.errorHandler(err, request, reply) } })
  app.setNotFoundHandler(async (request, reply) => await reply.code(404).type(PROBLEM_TYPE)
    .send(problem(404, 'not_found', 'Not found', `There is no ${request.method} of this address; GET /healthz, /readyz and /metrics are what there is.`)))
  app.setErrorHandler<FastifyError>(async ({ statusCode = 500 }, _request, reply) => {
    const refused = statusCode >= 400 && statusCode < 500
    return await reply.code(refused ? statusCode : 500).type(PROBLEM_TYPE).send(refused
      ? problem(statusCode, 'bad_request', 'Bad request', 'The request cannot be read.')
      : problem(500, 'internal', 'Internal error', 'The gateway could not tell how it is.'))
  })
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const { ready, detail } = await readiness()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', ...detail })
  })
  app.get('/metrics', async (_request, reply) => reply.type(Registry.PROMETHEUS_CONTENT_TYPE).send(await metrics()))
  return app
}

/** An error of this server (RFC 9457). It is for operators, so its errors are not in the table of those that visitors get. */
function problem (status: number, code: string, title: string, detail: string): string {
  return JSON.stringify({ type: 'about:blank', title, status, detail, code })
}
