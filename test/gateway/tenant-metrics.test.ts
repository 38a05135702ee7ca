import { Registry } from 'prom-client'
import t from 'tap'
import { TenantMetrics } from '../../gateway/tenant-metrics.ts'
import type { Route } from '../../gateway/route-record.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const routeOf = (tenantId: string): Route => ({ tenantId, slug: tenantId, name: tenantId, epoch: 1, state: 'active', instance: `i-${tenantId}`, upstream: { address: '127.0.0.1', port: 80 } })

function build (max: number) {
  const clock = { now: 0 }
  const registry = new Registry()
  const metrics = new TenantMetrics(registry, max, () => clock.now)
  const end = (route: Route, status = 200, durationMs = 1, bytesReceived = 0, bytesSent = 0) => {
    metrics.end(route, { bytesReceived, bytesSent }, { status, durationMs, cutBy: null })
  }
  /** The samples of a metric, each as its labels and its value. */
  const read = async (name: string) => (await registry.metrics()).split('\n').filter(line => line.startsWith(`${name}{`)).map(line => line.slice(name.length))
  return { clock, metrics, end, read }
}

t.test('requests, bytes and durations of a tenant', async t => {
  const { end, read } = build(10)
  const a = routeOf('a')
  end(a, 200, 100, 5, 7)
  end(a, 204, 100.1, 1, 2)
  end(a, 503, 2500)
  end(a, 499, 10_001)
  end(a, 101, 3_600_000)
  end(a, 0, 600)
  t.strictSame(await read('berth_gateway_tenant_requests_total'), [
    '{tenant="a",status="other"} 1', '{tenant="a",status="1xx"} 1', '{tenant="a",status="2xx"} 2', '{tenant="a",status="4xx"} 1', '{tenant="a",status="5xx"} 1'
  ])
  t.strictSame(await read('berth_gateway_tenant_body_bytes_total'), ['{tenant="a",direction="received"} 6', '{tenant="a",direction="sent"} 9'])
  t.strictSame(await read('berth_gateway_tenant_request_seconds_bucket'), [
    '{tenant="a",le="0.1"} 1', '{tenant="a",le="0.5"} 2', '{tenant="a",le="2.5"} 4', '{tenant="a",le="10"} 4', '{tenant="a",le="+Inf"} 5'
  ], 'a WebSocket has no duration here')
  t.strictSame(await read('berth_gateway_tenant_request_seconds_count'), ['{tenant="a"} 5'])
  const [sum = ''] = await read('berth_gateway_tenant_request_seconds_sum')
  t.match(Number(sum.split(' ')[1]).toFixed(4), '13.3011')
})

t.test('several hosts of a tenant are one tenant', async t => {
  const { end, read } = build(10)
  end(routeOf('a'))
  end(routeOf('a'))
  t.strictSame(await read('berth_gateway_tenant_requests_total'), ['{tenant="a",status="2xx"} 2'])
})

t.test('beyond the cap tenants share a name', async t => {
  const { end, read, metrics } = build(2)
  for (const tenant of ['a', 'b', 'c', 'd', 'a']) end(routeOf(tenant))
  t.equal(metrics.size, 2)
  t.strictSame(await read('berth_gateway_tenant_requests_total'), ['{tenant="a",status="2xx"} 2', '{tenant="b",status="2xx"} 1', '{tenant="other",status="2xx"} 2'])
})

t.test('who is idle for an hour makes room', async t => {
  const { clock, end, read } = build(2)
  const routes = { a: routeOf('a'), b: routeOf('b'), c: routeOf('c') }
  for (const route of Object.values(routes)) end(route)
  for (let i = 0; i < 61; i++) {
    clock.now += MINUTE
    end(routes.a)
    await read('berth_gateway_tenant_requests_total')
  }
  t.strictSame(await read('berth_gateway_tenant_requests_total'), ['{tenant="a",status="2xx"} 62', '{tenant="other",status="2xx"} 1'])
  end(routes.c)
  end(routes.b)
  t.strictSame(await read('berth_gateway_tenant_requests_total'), [
    '{tenant="a",status="2xx"} 62', '{tenant="c",status="2xx"} 1', '{tenant="other",status="2xx"} 2'
  ], 'c has a name now, and b, which came back too late, is not counted under the one it gave up')
})

t.test('a quiet hour between two scrapes is no hour without requests', async t => {
  const { clock, end, metrics, read } = build(1)
  end(routeOf('a'))
  clock.now += 2 * HOUR
  end(routeOf('b'))
  t.equal(metrics.size, 1)
  t.match(await read('berth_gateway_tenant_requests_total'), ['{tenant="a",status="2xx"} 1', '{tenant="other",status="2xx"} 1'])
})
