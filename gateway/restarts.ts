/**
 * When a worker that has ended is started again: at once, and later and later when it ends again within ten seconds of its
 * start. Pure: `now` is in milliseconds on a clock that does not go back.
 */
const SETTLED_MS = 10_000
const FIRST_MS = 250
const MAX_MS = 10_000

export class Restarts {
  #startedAt = 0
  #early = 0

  started (now: number): void {
    this.#startedAt = now
  }

  /** In how many milliseconds to start it again. */
  ended (now: number): number {
    if (now - this.#startedAt >= SETTLED_MS) this.#early = 0
    const delayMs = this.#early === 0 ? 0 : Math.min(MAX_MS, FIRST_MS * 2 ** (this.#early - 1))
    this.#early++
    return delayMs
  }
}
