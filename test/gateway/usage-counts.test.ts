import t from 'tap'
import type { Route } from '../../gateway/route-record.ts'
import { UsageCounts } from '../../gateway/usage-counts.ts'

const routeOf = (tenantId: string): Route => ({ tenantId, slug: 'a', name: 'a', epoch: 1, state: 'active', instance: 'i', upstream: { address: '127.0.0.1', port: 80 } })
const end = (counts: UsageCounts, route: Route, status = 200, durationMs = 1, bytesReceived = 0, bytesSent = 0): void => {
  counts.end(route, { bytesReceived, bytesSent }, { status, durationMs })
}

t.test('requests, errors, bytes and durations', async t => {
  const counts = new UsageCounts()
  const [a, b] = [routeOf('a'), routeOf('b')]
  end(counts, a, 200, 0.4, 5, 7)
  end(counts, a, 404, 2, 1, 2)
  end(counts, a, 503, 2)
  end(counts, a, 499, 0.4)
  end(counts, a, 101, 3_600_000, 100, 200)
  end(counts, b, 200, 1)
  t.strictSame(counts.take(), [
    { tenantId: 'a', requests: 5, errors: 1, bytesIn: 106, bytesOut: 209, latency: [2, 0, 0, 0, 2] },
    { tenantId: 'b', requests: 1, errors: 0, bytesIn: 0, bytesOut: 0, latency: [0, 0, 1] }
  ], 'a WebSocket has bytes, and no duration')
  t.strictSame(counts.take(), [], 'what was taken is not taken again')
})

t.test('several hosts of a tenant are one tenant', async t => {
  const counts = new UsageCounts()
  end(counts, routeOf('a'))
  end(counts, routeOf('a'))
  t.match(counts.take(), [{ tenantId: 'a', requests: 2 }])
})

t.test('who was forgotten counts again when it comes back by the same route', async t => {
  const counts = new UsageCounts()
  const [a, b] = [routeOf('a'), routeOf('b')]
  end(counts, a)
  end(counts, b)
  counts.take()
  end(counts, b)
  t.match(counts.take(), [{ tenantId: 'b', requests: 1 }])
  end(counts, a)
  end(counts, b)
  t.match(counts.take(), [{ tenantId: 'b', requests: 1 }, { tenantId: 'a', requests: 1 }])
})
