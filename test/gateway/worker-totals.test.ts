import { Registry } from 'prom-client'
import t from 'tap'
import { Metrics } from '../../gateway/metrics.ts'
import { Restarts } from '../../gateway/restarts.ts'
import { TenantMetrics } from '../../gateway/tenant-metrics.ts'
import type { Route } from '../../gateway/route-record.ts'
import { WorkerTotals } from '../../gateway/worker-totals.ts'

const route = (tenantId: string) => ({ tenantId }) as Route
const ending = { status: 200, cutBy: null, durationMs: 20 }
const exchange = (tenant: string | null) => ({ problem: null, bytesReceived: 1, bytesSent: 2, route: tenant === null ? null : route(tenant) })

const gauges = (routes: number, connected: boolean) => ({
  routesKnown: () => routes,
  hostsUnknown: () => 0,
  routesConnected: () => connected,
  routesRefilling: () => false,
  lookups: () => ({ known: routes, read: 0, stale: 0, unknown: 0 }),
  upstreams: () => 1,
  circuitsOpen: () => 0,
  tunnels: () => routes,
  held: () => 0,
  usage: () => ({ written: 0, dropped: 0 })
})

async function sampleOf (totals: WorkerTotals, series: string): Promise<number | undefined> {
  const line = (await totals.text()).split('\n').find(line => line.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length))
}

t.test('counters and histograms are sums, gauges are what they say they are', async t => {
  const totals = new WorkerTotals(10)
  for (const [number, requests] of [[1, 3], [2, 5]] as const) {
    const metrics = new Metrics(10)
    metrics.observe(gauges(requests, number === 1))
    for (let i = 0; i < requests; i++) {
      metrics.begin()
      metrics.end(exchange('a'), ending)
    }
    totals.report(number, await metrics.registry.getMetricsAsJSON())
  }
  for (const [series, value] of [
    ['berth_gateway_requests_total{status="2xx"}', 8],
    ['berth_gateway_request_seconds_bucket{le="0.01"}', 0],
    ['berth_gateway_request_seconds_bucket{le="0.025"}', 8],
    ['berth_gateway_request_seconds_count', 8],
    ['berth_gateway_tenant_request_seconds_bucket{tenant="a",le="0.1"}', 8],
    ['berth_gateway_tenant_body_bytes_total{tenant="a",direction="sent"}', 16],
    ['berth_gateway_route_lookups_total{result="known"}', 8],
    ['berth_gateway_websockets', 8],
    ['berth_gateway_routes_known', 5],
    ['berth_gateway_routes_connected', 0]
  ] as const) t.equal(await sampleOf(totals, series), value, series)
  const text = await totals.text()
  t.equal(text.match(/^# TYPE berth_gateway_requests_total counter$/gm)?.length, 1)
  t.match(text, /^process_cpu_seconds_total \d/m)
})

t.test('a worker that ends takes no count back', async t => {
  const totals = new WorkerTotals(10)
  const series = 'berth_gateway_requests_total{status="2xx"}'
  const run = async (requests: number, metrics = new Metrics(0)) => {
    for (let i = 0; i < requests; i++) metrics.end(exchange(null), ending)
    totals.report(1, await metrics.registry.getMetricsAsJSON())
    return metrics
  }
  const first = await run(3)
  await run(0, first)
  t.equal(await sampleOf(totals, series), 3, 'a report twice counts once')
  totals.ended(1)
  t.equal(await sampleOf(totals, series), 3)
  await run(4)
  t.equal(await sampleOf(totals, series), 7, 'and more than before it is none')
})

t.test('tenants are capped over all workers', async t => {
  const totals = new WorkerTotals(2)
  const report = async (number: number, tenants: Record<string, number>) => {
    const registry = new Registry()
    const metrics = new TenantMetrics(registry, 2)
    for (const [tenant, requests] of Object.entries(tenants)) {
      for (let i = 0; i < requests; i++) metrics.end(route(tenant), { bytesReceived: 0, bytesSent: 0 }, ending)
    }
    totals.report(number, await registry.getMetricsAsJSON())
  }
  const of = (tenant: string) => sampleOf(totals, `berth_gateway_tenant_requests_total{tenant="${tenant}",status="2xx"}`)
  await report(1, { a: 1, b: 2, x: 10 })
  await report(2, { c: 4, a: 8, y: 20 })
  t.strictSame(await Promise.all(['a', 'b', 'c', 'other'].map(of)), [9, 2, undefined, 34])
  await report(2, { c: 5, a: 8, y: 20 })
  t.equal(await of('other'), 35)

  await report(1, { a: 1, d: 3 })
  t.strictSame(await Promise.all(['a', 'b', 'c', 'd', 'other'].map(of)), [9, undefined, undefined, undefined, 38], 'd came before anybody knew that b was gone')
  await report(1, { a: 1, e: 7 })
  t.equal(await of('e'), 7, 'then there is room')
  t.equal(await of('other'), 38, 'and what was counted there stays')
})

t.test('started again at once, then later and later', async t => {
  const restarts = new Restarts()
  let now = 0
  const delays: number[] = []
  for (let i = 0; i < 9; i++) {
    restarts.started(now)
    now += 100
    const delayMs = restarts.ended(now)
    delays.push(delayMs)
    now += delayMs
  }
  t.strictSame(delays, [0, 250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
  restarts.started(now)
  t.equal(restarts.ended(now + 10_000), 0, 'who has served for a while is an accident again')
})
