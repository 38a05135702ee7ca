import { GatewayError } from './errors.ts'

export interface HoldLimits {
  /** How long a request is kept. */
  readonly timeoutMs: number
  /** Requests that are kept for one host. */
  readonly perHost: number
  /** Requests that are kept in all. */
  readonly total: number
}

interface Held {
  go: () => void
  giveUp: () => void
}

/**
 * Requests that wait while their tenant's instance is being exchanged, in the order in which they came. Only their heads
 * have been read: a body stays with the client.
 */
export class Holds {
  readonly #limits: HoldLimits
  readonly #held = new Map<string, Set<Held>>()
  #size = 0

  constructor (limits: HoldLimits) {
    this.#limits = limits
  }

  get size (): number {
    return this.#size
  }

  /**
   * Resolves when the route of `host` has changed. Rejects with tenant_busy when too many wait, and with tenant_starting when it
   * takes too long, or is beyond `until` (Unix time in milliseconds). `onGone` gets what is to be called when the client goes.
   */
  wait (host: string, until: number | undefined, onGone: (leave: () => void) => void): Promise<void> {
    const waiting = this.#held.get(host) ?? new Set<Held>()
    if (waiting.size >= this.#limits.perHost || this.#size >= this.#limits.total) return Promise.reject(new GatewayError('tenant_busy'))
    const ms = Math.min(this.#limits.timeoutMs, until === undefined ? Infinity : Math.max(0, until - Date.now()))
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer)
        if (!waiting.delete(held)) return
        this.#size--
        if (waiting.size === 0) this.#held.delete(host)
      }
      const held: Held = {
        go: () => {
          leave()
          resolve()
        },
        giveUp: () => {
          leave()
          reject(new GatewayError('tenant_starting'))
        }
      }
      const timer = setTimeout(held.giveUp, ms)
      this.#held.set(host, waiting.add(held))
      this.#size++
      onGone(leave)
    })
  }

  /** The route of `host` is another now. */
  changed (host: string): void {
    for (const held of this.#held.get(host) ?? []) held.go()
  }

  /** Nobody will say any more how it ends. */
  close (): void {
    for (const waiting of this.#held.values()) for (const held of waiting) held.giveUp()
  }
}
