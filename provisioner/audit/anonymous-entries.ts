const WINDOW_MS = 60_000
const MAX_ENTRIES = 300

/**
 * Bounds what callers that nobody knows can write into the audit log: so many entries a minute, for each process. The rest is
 * counted, and the count is an entry too.
 */
export class AnonymousEntries {
  #since = -Infinity
  #taken = 0
  #missed = 0

  /** Whether an entry may be written now, and how many were not since that was last asked with a different answer. */
  take (now: number): { write: boolean, missed: number } {
    let missed = 0
    if (now - this.#since >= WINDOW_MS) {
      missed = this.#missed
      this.#since = now
      this.#taken = 0
      this.#missed = 0
    }
    if (this.#taken < MAX_ENTRIES) {
      this.#taken++
      return { write: true, missed }
    }
    this.#missed++
    return { write: false, missed }
  }
}
