import fp from 'fastify-plugin'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { countTenants } from '../tenants/tenant-store.ts'
import type { ApiOptions } from './api-options.ts'

/** What Prometheus reads at /metrics: the process, the API's answers, and the tenants by status. */
export const metrics = fp<ApiOptions>(async (app, { pool }) => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'berth_api_request_duration_seconds',
    help: 'Time from a request of the API to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 60, 120],
    registers: [registry]
  })
  const tenants = new Gauge({
    name: 'berth_tenants',
    help: 'Tenants by status. Absent while the control database is away.',
    labelNames: ['status'],
    registers: [registry],
    async collect () {
      tenants.reset()
      const counts = await countTenants(pool).catch(err => { app.log.warn({ err }, 'tenants could not be counted'); return new Map<string, number>() })
      for (const [status, count] of counts) tenants.set({ status }, count)
    }
  })

  app.addHook('onResponse', async (request, reply) => {
    // The pattern, not the path: a label with as many values as there are tenants would fill the memory.
    const route = request.routeOptions.url ?? 'none'
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
  })
  app.get('/metrics', { config: { quiet: true, scope: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics())
  })
  app.addHook('onClose', async () => { registry.clear() })
}, { name: 'metrics' })
