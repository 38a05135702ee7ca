import { Pool } from 'undici'
import type { Config } from './config.ts'
import { GatewayError } from './errors.ts'
import type { Route } from './route-record.ts'

export type ActiveRoute = Extract<Route, { state: 'active' }>

/** The connections to one instance of one tenant, and what is under way on them. */
export interface Upstream {
  readonly key: string
  readonly pool: Pool
  /** Requests sent or waiting for a connection. */
  requests: number
  /** WebSockets open, each on a connection that has left the pool. */
  tunnels: number
  usedAt: number
}

/** What one request occupies; `leave` gives it back, once however often it is called. */
export interface Place {
  readonly pool: Pool
  leave: () => void
}

/** Larger response headers than this are not read (undici's own limit is 16 KiB). */
const MAX_HEADER_BYTES = 32 * 1024
/** Connections that a tenant has not used for this long are closed at the next sweep. */
const IDLE_MS = 60_000
const SWEEP_MS = 30_000

/**
 * Kept-alive HTTP/1.1 connections, one pool per instance and address. An address that passes to another instance gets a
 * pool of its own, so that no connection, however old, ever carries a request of another tenant.
 */
export class Upstreams {
  readonly #limits: Config['upstream']
  readonly #upstreams = new Map<string, Upstream>()
  readonly #sweeping: NodeJS.Timeout

  constructor (limits: Config['upstream']) {
    this.#limits = limits
    this.#sweeping = setInterval(() => { this.#sweep(performance.now()) }, SWEEP_MS).unref()
  }

  get size (): number {
    return this.#upstreams.size
  }

  /** Takes a place for a request to the route's instance. Throws `tenant_busy` when that has its fill. */
  enter (route: ActiveRoute, kind: 'requests' | 'tunnels'): Place {
    const upstream = this.#open(route)
    const { connections, queue, tunnels } = this.#limits
    if (upstream[kind] >= (kind === 'requests' ? connections + queue : tunnels)) throw new GatewayError('tenant_busy')
    upstream[kind]++
    let taken = true
    return {
      pool: upstream.pool,
      leave: () => {
        if (!taken) return
        taken = false
        upstream[kind]--
        upstream.usedAt = performance.now()
      }
    }
  }

  /** The route holds no longer: what is under way ends by itself, nothing new goes there. */
  retire (route: Route): void {
    const upstream = route.state === 'active' ? this.#upstreams.get(keyOf(route)) : undefined
    if (upstream !== undefined) this.#close(upstream)
  }

  /** Ends what is still under way. */
  async destroy (): Promise<void> {
    clearInterval(this.#sweeping)
    await Promise.all([...this.#upstreams.values()].map(({ pool }) => pool.destroy()))
    this.#upstreams.clear()
  }

  #open (route: ActiveRoute): Upstream {
    const key = keyOf(route)
    const found = this.#upstreams.get(key)
    if (found !== undefined) return found
    const { connections, connectTimeoutMs, responseTimeoutMs, bodyTimeoutMs } = this.#limits
    const pool = new Pool(`http://${route.upstream.address}:${route.upstream.port}`, {
      connections,
      pipelining: 1,
      connect: { timeout: connectTimeoutMs, autoSelectFamily: false },
      headersTimeout: responseTimeoutMs,
      bodyTimeout: bodyTimeoutMs,
      maxHeaderSize: MAX_HEADER_BYTES,
      strictContentLength: true
    })
    const upstream: Upstream = { key, pool, requests: 0, tunnels: 0, usedAt: performance.now() }
    this.#upstreams.set(key, upstream)
    return upstream
  }

  #close (upstream: Upstream): void {
    this.#upstreams.delete(upstream.key)
    upstream.pool.close()
  }

  #sweep (now: number): void {
    for (const upstream of this.#upstreams.values()) {
      if (upstream.requests === 0 && upstream.tunnels === 0 && now - upstream.usedAt >= IDLE_MS) this.#close(upstream)
    }
  }
}

function keyOf ({ instance, upstream: { address, port } }: ActiveRoute): string {
  return `${instance} ${address}:${port}`
}
