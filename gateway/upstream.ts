import { Circuit } from './circuit.ts'
import type { Outcome } from './circuit.ts'
import type { Config } from './config.ts'
import { GatewayError } from './errors.ts'
import type { Limits } from './limits.ts'
import { PartBuffers } from './part-buffers.ts'
import { UpstreamConnection } from './upstream-connection.ts'
import type { UpstreamKeeper } from './upstream-connection.ts'
import type { ActiveRoute } from './upstreams.ts'
import type { Waits } from './waits.ts'

/** How often what waits is looked at. Deadlines are reckoned from a clock that is as old at most, so a time-out is late by twice this at most, and never early. */
export const CHECK_MS = 250

/** A request that needs a connection. */
export interface Caller {
  /** It has one. Called at once or later, from somebody else's stack. */
  onConnection: (connection: UpstreamConnection) => void
  /** It gets none. */
  onRefused: (cause: GatewayError) => void
}

/**
 * The connections to one instance of one tenant: the idle ones, the latest used first, and the requests that wait in
 * the order of their arrival. Never shared with another instance, so a connection never carries another tenant's request.
 */
export class Upstream implements UpstreamKeeper {
  readonly key: string
  readonly #address: string
  readonly #port: number
  readonly clientTimeoutMs: number
  readonly #connectTimeoutMs: number
  readonly #circuit = new Circuit()
  #limits: Limits
  #waits: Waits
  readonly #clock: { readonly now: number }
  readonly #open = new Set<UpstreamConnection>()
  readonly #idle: UpstreamConnection[] = []
  readonly #upgrading = new Set<UpstreamConnection>()
  /** And since when. */
  readonly #waiting = new Map<Caller, number>()
  #tunnels = 0
  #retired = false
  /** Made when the first large body comes. */
  #parts: PartBuffers | null = null
  #usedAt: number

  constructor (route: ActiveRoute, key: string, limits: Limits, timeouts: Config['upstream'], clock: { readonly now: number }) {
    this.key = key
    this.#address = route.upstream.address
    this.#port = route.upstream.port
    this.#connectTimeoutMs = timeouts.connectTimeoutMs
    this.clientTimeoutMs = timeouts.clientTimeoutMs
    this.#limits = limits
    this.#waits = this.#waitsOf(limits)
    this.#clock = clock
    this.#usedAt = clock.now
  }

  get limits (): Limits {
    return this.#limits
  }

  /** For requests to come and for those that wait; what is under way goes on as it began. */
  set limits (limits: Limits) {
    if (limits === this.#limits) return
    this.#limits = limits
    this.#waits = this.#waitsOf(limits)
    this.#connectWaiting()
  }

  get now (): number {
    return this.#clock.now
  }

  get waits (): Waits {
    return this.#waits
  }

  get parts (): PartBuffers {
    if (this.#parts !== null) return this.#parts
    this.#parts = new PartBuffers()
    if (this.#retired) this.#parts.close()
    return this.#parts
  }

  /** Something is under way on it. */
  get busy (): boolean {
    return this.#open.size + this.#tunnels > this.#idle.length
  }

  get retired (): boolean {
    return this.#retired
  }

  /** It could not be reached, and has not answered since. */
  get failing (): boolean {
    return this.#circuit.state !== 'closed'
  }

  /** When it was last used, or now while it is. */
  get usedAt (): number {
    return this.busy ? this.now : this.#usedAt
  }

  /** Whether a request is worth a try; its admission is to be reported once. Throws tenant_unavailable. */
  admit (): number {
    const admission = this.#circuit.admit(this.now)
    if (admission > 0) throw new GatewayError('tenant_unavailable', { retryAfterMs: admission })
    return admission
  }

  report (admission: number, outcome: Outcome): void {
    this.#circuit.report(admission, outcome, this.now)
  }

  /** Gives `caller` a connection now or later. Throws tenant_busy when too many wait already. */
  acquire (caller: Caller): void {
    const idle = this.#takeIdle()
    if (idle !== undefined) caller.onConnection(idle)
    else if (this.#open.size < this.#limits.connections) caller.onConnection(this.#connect(false))
    else if (this.#waiting.size < this.#limits.queue) this.#waiting.set(caller, this.now)
    else throw new GatewayError('tenant_busy')
  }

  /** The caller needs none any more. */
  cancel (caller: Caller): void {
    this.#waiting.delete(caller)
  }

  /** A connection for a WebSocket; `leave` is to be called when that has ended. Throws tenant_busy. */
  openTunnel (): { connection: UpstreamConnection, leave: () => void } {
    if (this.#tunnels >= this.#limits.websockets) throw new GatewayError('tenant_busy')
    this.#tunnels++
    let open = true
    return {
      connection: this.#connect(true),
      leave: () => {
        if (!open) return
        open = false
        this.#tunnels--
        this.#usedAt = this.now
      }
    }
  }

  released (connection: UpstreamConnection): void {
    this.#usedAt = this.now
    // The limit was higher when it was opened.
    if (this.#open.size > this.#limits.connections) {
      connection.abort()
      return
    }
    const next = this.#takeWaiting()
    if (next !== undefined) next.onConnection(connection)
    else if (this.#retired) connection.abort()
    else this.#idle.push(connection)
  }

  closed (connection: UpstreamConnection): void {
    this.#upgrading.delete(connection)
    if (!this.#open.delete(connection)) return
    this.#usedAt = this.now
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    this.#connectWaiting()
  }

  /** Ends what has waited for too long. */
  check (): void {
    this.#parts?.trim()
    for (const connection of this.#open) connection.check()
    for (const connection of this.#upgrading) connection.check()
    for (const [caller, since] of this.#waiting) {
      if (this.now - since < this.#limits.queueTimeoutMs + CHECK_MS) break
      this.#waiting.delete(caller)
      caller.onRefused(new GatewayError('tenant_queue_timeout'))
    }
  }

  /** Nothing new comes: idle connections are closed, what is under way ends by itself. */
  retire (): void {
    this.#retired = true
    this.#parts?.close()
    for (const connection of this.#idle.splice(0)) connection.abort()
  }

  destroy (): void {
    this.retire()
    this.#waiting.clear()
    for (const connection of [...this.#open, ...this.#upgrading]) connection.abort()
  }

  #waitsOf ({ bodyTimeoutMs, responseTimeoutMs, idleTimeoutMs }: Limits): Waits {
    return {
      connect: this.#connectTimeoutMs + CHECK_MS,
      request: bodyTimeoutMs + CHECK_MS,
      response: responseTimeoutMs + CHECK_MS,
      body: idleTimeoutMs + CHECK_MS,
      client: this.clientTimeoutMs + CHECK_MS
    }
  }

  #takeIdle (): UpstreamConnection | undefined {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (connection.usable) return connection
      connection.abort()
    }
    return undefined
  }

  #takeWaiting (): Caller | undefined {
    const { value } = this.#waiting.keys().next()
    if (value !== undefined) this.#waiting.delete(value)
    return value
  }

  #connectWaiting (): void {
    while (this.#waiting.size > 0 && this.#open.size < this.#limits.connections) {
      this.#takeWaiting()?.onConnection(this.#connect(false))
    }
  }

  #connect (forUpgrade: boolean): UpstreamConnection {
    const connection = new UpstreamConnection(this.#address, this.#port, this, forUpgrade)
    const kept = forUpgrade ? this.#upgrading : this.#open
    kept.add(connection)
    return connection
  }
}
