import { GatewayError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { RateShares } from './rate-shares.ts'
import type { ActiveRoute, Upstreams } from './upstreams.ts'

/** Holds the tenant to its rate and to its largest body. Throws rate_limited and body_too_large. */
export function limitRequests (upstreams: Upstreams, rates: RateShares): (exchange: Exchange) => void {
  return exchange => {
    const route = exchange.route as ActiveRoute
    const { limits } = upstreams.of(route)
    if (limits.requestsPerSecond !== Infinity) {
      const waitMs = rates.admit(route.tenantId, limits, exchange.startedAt)
      if (waitMs > 0) throw new GatewayError('rate_limited', { retryAfterMs: waitMs })
    }
    const length = exchange.request.headers['content-length']
    if (length !== undefined && Number(length) > limits.bodyBytes) throw new GatewayError('body_too_large')
  }
}
