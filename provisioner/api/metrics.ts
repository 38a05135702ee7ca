import fp from 'fastify-plugin'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { countTenants } from '../tenants/tenant-store.ts'
import { countWaiting } from '../webhooks/delivery-store.ts'
import type { ApiOptions } from './api-options.ts'

/** What Prometheus reads at /metrics: the process, the API's answers, the tenants by status, and how collecting usage and telling webhooks go. */
export const metrics = fp<ApiOptions>(async (app, { pool, totals }) => {
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

  /** Counted elsewhere, and read when somebody scrapes. */
  const counter = (name: string, help: string, result: string[], counts: () => Record<string, number>): void => {
    registry.registerMetric(new Counter({
      name,
      help,
      labelNames: ['result'],
      registers: [],
      collect () {
        this.reset()
        const now = counts()
        for (const name of result) this.inc({ result: name }, now[name] ?? 0)
      }
    }))
  }
  counter('berth_usage_records_total', 'Records of usage that gateways wrote, by what became of them here.', ['taken', 'duplicate', 'unreadable'], () => {
    const { records, duplicates, unreadable } = totals.usage()
    return { taken: records, duplicate: duplicates, unreadable }
  })
  counter('berth_usage_runs_total', 'Steps of collecting usage, once a minute each, by whether they could be done.', ['done', 'failed'], () => {
    const { steps, failures } = totals.usage()
    return { done: steps - failures, failed: failures }
  })
  counter('berth_webhook_attempts_total', 'Attempts to deliver to webhooks, by what came of them.', ['delivered', 'retried', 'failed'], totals.webhooks)
  const waiting = new Gauge({
    name: 'berth_webhook_deliveries_waiting',
    help: 'Deliveries to active webhooks that were not taken yet. Absent while the control database is away.',
    registers: [registry],
    async collect () {
      waiting.remove()
      const count = await countWaiting(pool).catch(err => { app.log.warn({ err }, 'deliveries could not be counted'); return null })
      if (count !== null) waiting.set(count)
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
