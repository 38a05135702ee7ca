/** Less than what a clock in microseconds can tell at any rate there is: sums of fractions stay short of a whole by about this. */
const ROUNDING = 1e-9

/**
 * So many requests a second, and so many at once after a quiet while. It begins full, fills without a timer, and makes no object on the
 * way of a request. `now` is in milliseconds on a clock that does not go back (performance.now()).
 */
export class TokenBucket {
  #perMs: number
  #burst: number
  #level: number
  #at: number

  /** All are finite; `burst` is 1 or more. Full unless `level` says otherwise. */
  constructor (requestsPerSecond: number, burst: number, now: number, level = burst) {
    this.#perMs = requestsPerSecond / 1000
    this.#burst = burst
    this.#level = Math.min(level, burst)
    this.#at = now
  }

  /** Takes one and returns 0, or takes none and returns in how many whole milliseconds there will be one. */
  take (now: number): number {
    const level = this.level(now)
    if (level >= 1 - ROUNDING) {
      this.#level = Math.max(0, level - 1)
      return 0
    }
    return Math.max(1, Math.ceil((1 - level) / this.#perMs - ROUNDING))
  }

  /** How many could be taken now, fractions included. */
  level (now: number): number {
    if (now > this.#at) {
      this.#level = Math.min(this.#burst, this.#level + (now - this.#at) * this.#perMs)
      this.#at = now
    }
    return this.#level
  }

  /** Other limits from now on. It stays as full as it was: a change is neither a gift nor a fine. */
  change (requestsPerSecond: number, burst: number, now: number): void {
    this.#level = this.level(now) / this.#burst * burst
    this.#perMs = requestsPerSecond / 1000
    this.#burst = burst
  }
}
