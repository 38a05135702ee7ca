import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { INTERVAL_MS, RateShare } from './rate-share.ts'
import type { Rate } from './rate-share.ts'
import { RateStore } from './rate-store.ts'
import type { Settlement } from './rate-store.ts'
import type { RedisAddress } from './redis.ts'

/** How often a process that is by itself asks whether it still is. */
const LONELY_MS = 1000
/** How soon after a settlement there may be another, when somebody runs dry. */
const GAP_MS = 20
/** How often those are looked at that were not used. */
const SWEEP_MS = 1000
/** Redis does nothing else during a call. */
const MAX_PER_CALL = 500

/**
 * The rates of tenants, shared by all gateway processes on one Redis: rate-share.ts says what each may give out, rate-store.ts how it is settled.
 * Admission never waits. All that was used is settled in one call ten times a second (more often, up to fifty, when a tenant runs dry), however many requests there are; a process
 * that is by itself only asks every second whether it still is. While Redis is away each process applies the whole rate by itself: a customer is not
 * refused what it was promised because Redis is away, and gets at most so many times the rate as there are processes.
 */
export class RateShares {
  readonly #store: RateStore
  readonly #log: Logger
  readonly #shares = new Map<string, RateShare>()
  /** Used since they were last settled. */
  readonly #used = new Set<RateShare>()
  #processes = 1
  #ready = false
  #running = false
  #failing = false
  #closed = false
  #hastened = false
  #timer: NodeJS.Timeout | undefined
  #lastAt = -Infinity
  #sweepAt = 0

  constructor (address: RedisAddress, log: Logger) {
    this.#store = new RateStore(address, randomUUID(), log)
    this.#log = log
  }

  /** Begins to connect; admits meanwhile. */
  start (): void {
    this.#store.connect(
      () => {
        this.#ready = true
        this.#schedule(0)
      },
      () => {
        this.#ready = false
        this.#shareAmong(1)
      }
    )
    this.#schedule(LONELY_MS)
  }

  /** Gateway processes that share, this one among them; 1 when there is no other, or nobody can tell. */
  get processes (): number {
    return this.#processes
  }

  /** Tenants whose rate is being watched. */
  get size (): number {
    return this.#shares.size
  }

  /** Lets a request of the tenant through and returns 0, or returns in how many whole milliseconds it is worth asking again. `now` is performance.now(). */
  admit (tenantId: string, rate: Rate, now: number): number {
    if (rate.requestsPerSecond === Infinity) return 0
    let share = this.#shares.get(tenantId)
    if (share === undefined) {
      share = new RateShare(tenantId, rate, now)
      share.share(this.#processes, now)
      this.#shares.set(tenantId, share)
    }
    share.limit(rate, now)
    const waitMs = share.take(now)
    if (this.#processes > 1) {
      this.#used.add(share)
      if (!this.#hastened && share.eager) this.#hasten(now)
    }
    return waitMs
  }

  /** Gives back what is in hand, and is no longer counted. */
  async close (): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const now = performance.now()
    const last = [...this.#shares.values()].map(share => share.settlement(now, true)).filter(settlement => settlement !== null)
    await this.#store.leave(last.slice(0, MAX_PER_CALL))
  }

  #schedule (ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#closed) this.#timer = setTimeout(() => { this.#run() }, ms).unref()
  }

  #hasten (now: number): void {
    this.#hastened = true
    if (!this.#running) this.#schedule(Math.max(0, this.#lastAt + GAP_MS - now))
  }

  async #run (): Promise<void> {
    if (this.#running) return
    this.#running = true
    this.#hastened = false
    this.#lastAt = performance.now()
    try {
      if (this.#ready) {
        await this.#settle(this.#lastAt)
        this.#failing = false
      }
    } catch (err) {
      if (!this.#failing) this.#log.warn({ err }, 'Rates cannot be shared')
      this.#failing = true
      this.#shareAmong(1)
    } finally {
      this.#running = false
    }
    if (this.#processes === 1) {
      this.#forget(performance.now())
      this.#schedule(LONELY_MS)
    } else {
      // Not in step with the others, so that each finds something now and then.
      this.#schedule(this.#hastened ? GAP_MS : INTERVAL_MS * (0.8 + 0.4 * Math.random()))
    }
  }

  async #settle (now: number): Promise<void> {
    const sweep = this.#processes > 1 && now >= this.#sweepAt
    const due = [...sweep ? this.#shares.values() : this.#used]
    this.#used.clear()
    const shares: RateShare[] = []
    const settlements: Settlement[] = []
    for (const share of due) {
      const settlement = share.settlement(now, share.forgettable(now))
      if (settlement === null) continue
      shares.push(share)
      settlements.push(settlement)
    }
    let done = 0
    do {
      const { processes, grants } = await this.#store.settle(settlements.slice(done, done + MAX_PER_CALL))
      const answeredAt = performance.now()
      for (const grant of grants) shares[done++]?.settled(grant, answeredAt)
      this.#shareAmong(processes)
    } while (done < settlements.length && this.#processes > 1)
    if (!sweep) return
    this.#sweepAt = now + SWEEP_MS
    this.#forget(now)
  }

  #forget (now: number): void {
    for (const share of this.#shares.values()) {
      if (share.forgettable(now) && !this.#used.has(share)) this.#shares.delete(share.tenantId)
    }
  }

  #shareAmong (processes: number): void {
    if (processes === this.#processes) return
    this.#log.info({ processes }, processes === 1 ? 'Rates are this gateway\'s alone' : 'Rates are shared')
    this.#processes = processes
    const now = performance.now()
    for (const share of this.#shares.values()) {
      share.share(processes, now)
      if (processes > 1) this.#used.add(share)
    }
    if (processes === 1) this.#used.clear()
  }
}
