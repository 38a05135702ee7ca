import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'

export interface Readiness {
  ready: boolean
  /** Shown to whoever asks; nothing secret, nothing of a tenant. */
  detail: Record<string, unknown>
}

/** The gateway's own server, apart from the tenants' traffic, on loopback: no path of a tenant's domain is reserved. */
export function buildAdmin (readiness: () => Readiness | Promise<Readiness>, metrics: () => Promise<string>): FastifyInstance {
  const app = Fastify({ logger: false })
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const { ready, detail } = await readiness()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', ...detail })
  })
  app.get('/metrics', async (_request, reply) => reply.type(Registry.PROMETHEUS_CONTENT_TYPE).send(await metrics()))
  return app
}
