import type { Limits } from './limits.ts'
import type { Grant, Settlement } from './rate-store.ts'
import { TokenBucket } from './token-bucket.ts'

export type Rate = Pick<Limits, 'requestsPerSecond' | 'burst'>

/** How often shares are settled while they are used. */
export const INTERVAL_MS = 100
/** A tenant that has not been seen for so long, and whose bucket is full again by then, is forgotten. */
const FORGET_MS = 5000
/** Shorter ones say nothing about the pace. */
const SHORTEST_SPAN_MS = 20

/**
 * What one process may give out of one tenant's rate. Pure: `now` is in milliseconds on a clock that does not go back.
 *
 *   by itself  a bucket with the whole rate: no other process is alive, or nobody can tell
 *   together   tokens in hand, granted ahead of need by the pace of the last intervals; and beyond them a credit, this process's part of what was left in
 *              the shared bucket when it was last settled: what is used of it is `spent` and settled afterwards
 *
 * The credits of all processes are no more than the bucket held, so together they never exceed the burst, unless one of them has not been heard of
 * the others' use since it settled last: then it exceeds it by its part at most, once, and the bucket sinks below nothing until that is paid back. Over time the rate holds exactly.
 */
export class RateShare {
  readonly tenantId: string
  #rate: Rate
  /** Null while together. */
  #bucket: TokenBucket | null
  #processes = 1
  #held = 0
  #spent = 0
  /** Spent, and told in a settlement that is not answered yet. */
  #settling = 0
  /** Of the shared bucket when last settled; before that, what it can be at most. */
  #level = 0
  #known = false
  #most = Infinity
  #asked = 0
  /** Requests a millisecond. */
  #pace = 0
  #settledAt: number
  #usedAt: number

  constructor (tenantId: string, rate: Rate, now: number) {
    this.tenantId = tenantId
    this.#rate = rate
    this.#bucket = new TokenBucket(rate.requestsPerSecond, rate.burst, now)
    this.#settledAt = now
    this.#usedAt = now
  }

  /** Takes one and returns 0, or returns in how many whole milliseconds it is worth asking again. */
  take (now: number): number {
    this.#usedAt = now
    if (this.#bucket !== null) return this.#bucket.take(now)
    this.#asked++
    if (this.#held > 0) {
      this.#held--
      return 0
    }
    if (this.#spent + this.#settling + 1 <= this.#credit()) {
      this.#spent++
      return 0
    }
    const missing = 1 - this.#level - (now - this.#settledAt) * this.#rate.requestsPerSecond / 1000
    return Math.max(INTERVAL_MS / 2, Math.ceil(missing / this.#rate.requestsPerSecond * 1000))
  }

  /** Other limits, if they are others. */
  limit ({ requestsPerSecond, burst }: Rate, now: number): void {
    if (requestsPerSecond === this.#rate.requestsPerSecond && burst === this.#rate.burst) return
    this.#bucket?.change(requestsPerSecond, burst, now)
    this.#level *= burst / this.#rate.burst
    this.#rate = { requestsPerSecond, burst }
  }

  /** So many processes share from now on; 1 is this one by itself. */
  share (processes: number, now: number): void {
    if (processes > 1 && this.#bucket !== null) {
      this.#level = this.#most = this.#bucket.level(now)
      this.#known = this.#bucket.level(now) < this.#rate.burst
      this.#held = this.#spent = this.#settling = this.#asked = this.#pace = 0
      this.#settledAt = now
      this.#bucket = null
    } else if (processes === 1 && this.#bucket === null) {
      const level = Math.max(0, this.#held + this.#credit() - this.#spent - this.#settling)
      this.#bucket = new TokenBucket(this.#rate.requestsPerSecond, this.#rate.burst, now, level)
    }
    this.#processes = processes
  }

  /** Whether it runs dry before the next interval although there may be more. */
  get eager (): boolean {
    if (this.#bucket !== null || this.#held > 0) return false
    return !this.#known || (this.#level >= 1 && (this.#spent + this.#settling + 1) * 2 > this.#credit())
  }

  /** What is to be settled now, or null. Whoever asks sends it and tells the answer to `settled`. When it is `leaving` everything in hand is given back. */
  settlement (now: number, leaving = false): Settlement | null {
    if (this.#bucket !== null) return null
    const target = leaving ? 0 : this.#target(now)
    const surplus = this.#held > target * 2 ? this.#held - target : 0
    const wanted = this.#held * 2 < target ? target - this.#held : 0
    const most = Math.min(this.#most, this.#capacity())
    if (this.#spent === 0 && surplus === 0 && wanted === 0 && this.#most === Infinity) return null
    const spent = this.#spent - surplus
    this.#held -= surplus
    this.#settling = this.#spent
    this.#spent = 0
    this.#most = Infinity
    return { tenantId: this.tenantId, requestsPerSecond: this.#rate.requestsPerSecond, capacity: this.#capacity(), most, spent, wanted }
  }

  settled ({ granted, level }: Grant, now: number): void {
    if (this.#bucket !== null) return
    this.#settling = 0
    this.#held += granted
    this.#level = level
    this.#known = true
    this.#settledAt = now
  }

  /** Whether nothing is lost when it is forgotten: it would begin anew as it is. */
  forgettable (now: number): boolean {
    const empty = this.#bucket === null ? Math.max(0, this.#rate.burst - this.#level) : this.#rate.burst
    return now - this.#usedAt >= Math.max(FORGET_MS, empty / this.#rate.requestsPerSecond * 1000)
  }

  /** A first request finds at least one, though nobody has been asked yet. */
  #credit (): number {
    const part = this.#level / this.#processes
    return this.#known ? part : Math.max(1, part)
  }

  /** Tokens for the next interval: by the pace, and so many as a fair part of the rate makes. */
  #target (now: number): number {
    const spanMs = Math.max(SHORTEST_SPAN_MS, now - this.#settledAt)
    this.#pace = Math.max(this.#asked / spanMs, this.#pace * 0.5 ** (spanMs / INTERVAL_MS))
    this.#asked = 0
    const fair = this.#rate.requestsPerSecond * INTERVAL_MS / 1000 / this.#processes
    return Math.ceil(Math.min(this.#capacity(), Math.max(1, fair, this.#pace * INTERVAL_MS)))
  }

  /** The shared bucket holds what comes between two settlements of everybody, however small the burst: else it would run over. */
  #capacity (): number {
    return Math.max(this.#rate.burst, this.#rate.requestsPerSecond * INTERVAL_MS / 1000 * (1.5 + this.#processes / 2))
  }
}
