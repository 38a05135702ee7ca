import type { Logger } from 'pino'
import type { Pool } from '../database/pool.ts'
import type { Lease, LeaseTable } from './lease-store.ts'
import { claimLeases, releaseLease } from './lease-store.ts'
import type { Presence, Stay } from './presence.ts'

/** A notification is a hint: the queue is asked this often without one. */
const POLL_MS = 1000
const FIRST_BACKOFF_MS = 500
const MAX_BACKOFF_MS = 60_000

/** Works on one tenant. Returns in how many milliseconds to look again, or null: when asked. Throws when it could not tell. */
export type Pass = (lease: Lease, signal: AbortSignal) => Promise<number | null>

/**
 * Claims tenants that are due and works on up to `concurrency` of them at once. When the connection that holds its
 * leases is lost, its passes are aborted, and write nothing more.
 */
export class Worker {
  readonly #pool: Pool
  readonly #presence: Presence
  readonly #pass: Pass
  readonly #concurrency: number
  readonly #log: Logger
  readonly #leases: LeaseTable | undefined
  readonly #running = new Set<Promise<void>>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #wake: () => void = () => {}
  readonly #stopping = new AbortController()
  #loop: Promise<void> = Promise.resolve()

  constructor (deps: { pool: Pool, presence: Presence, pass: Pass, concurrency: number, log: Logger, leases?: LeaseTable }) {
    this.#pool = deps.pool
    this.#presence = deps.presence
    this.#pass = deps.pass
    this.#concurrency = deps.concurrency
    this.#log = deps.log
    this.#leases = deps.leases
  }

  start (): void {
    this.#presence.on('berth_work', () => { this.#wake() })
    this.#presence.on('stay', () => { this.#wake() })
    this.#loop = this.#run()
  }

  /** Claims nothing more, breaks off the passes that are under way (each is safe to repeat), and gives their leases back. */
  async stop (): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    await this.#loop
    await Promise.all(this.#running)
    for (const timer of this.#timers) clearTimeout(timer)
  }

  async #run (): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const woken = this.#nextWake()
      const free = this.#concurrency - this.#running.size
      const stay = this.#presence.stay
      const leases = free > 0 && stay !== null ? await this.#claim(stay, free) : []
      for (const lease of leases) this.#begin(lease, stay as Stay)
      if (leases.length < free || free === 0) await woken
    }
  }

  #nextWake (): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, POLL_MS)
      this.#wake = () => { clearTimeout(timer); resolve() }
    })
  }

  async #claim (stay: Stay, limit: number): Promise<Lease[]> {
    try {
      return await claimLeases(this.#pool, stay.number, limit, this.#leases)
    } catch (err) {
      this.#log.warn({ err }, 'work could not be claimed')
      return []
    }
  }

  #begin (lease: Lease, stay: Stay): void {
    const running = this.#work(lease, stay).finally(() => {
      this.#running.delete(running)
      this.#wake()
    })
    this.#running.add(running)
  }

  async #work (lease: Lease, stay: Stay): Promise<void> {
    const log = this.#log.child({ tenantId: lease.tenantId, epoch: lease.epoch })
    let next: { inMs: number | null, failed: boolean }
    try {
      next = { inMs: await this.#pass(lease, AbortSignal.any([stay.lost, this.#stopping.signal])), failed: false }
    } catch (err) {
      next = { inMs: Math.min(FIRST_BACKOFF_MS * 2 ** lease.attempts, MAX_BACKOFF_MS), failed: true }
      if (!stay.lost.aborted && !this.#stopping.signal.aborted) log.warn({ err, retryInMs: next.inMs }, 'pass failed')
    }
    try {
      await releaseLease(this.#pool, lease, next, this.#leases)
      if (next.inMs !== null) this.#wakeIn(next.inMs)
    } catch (err) {
      // The lease stays ours until this process or its connection ends: nobody else may work on the tenant now, and we do not.
      log.warn({ err }, 'lease could not be released')
      if (!stay.lost.aborted) this.#releaseLater(lease, stay)
    }
  }

  #releaseLater (lease: Lease, stay: Stay): void {
    this.#after(POLL_MS, () => {
      if (stay.lost.aborted || this.#stopping.signal.aborted) return
      releaseLease(this.#pool, lease, { inMs: 0, failed: true }, this.#leases).then(() => { this.#wake() }, () => { this.#releaseLater(lease, stay) })
    })
  }

  #wakeIn (delayMs: number): void {
    if (delayMs < POLL_MS) this.#after(delayMs, () => { this.#wake() })
  }

  #after (delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      action()
    }, delayMs)
    this.#timers.add(timer)
  }
}
