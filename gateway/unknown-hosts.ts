import type { Hostname } from './hostname.ts'

/**
 * Hosts that Redis has lately been found to have no route for, so that a flood of requests for nothing costs Redis one
 * read per host and interval. Bounded in number and in time; `now` is in milliseconds.
 */
export class UnknownHosts {
  readonly #max: number
  readonly #ttlMs: number
  /** In order of expiry: the first is always the next to go. */
  readonly #until = new Map<Hostname, number>()

  constructor (max: number, ttlMs: number) {
    this.#max = max
    this.#ttlMs = ttlMs
  }

  get size (): number {
    return this.#until.size
  }

  has (host: Hostname, now: number): boolean {
    const until = this.#until.get(host)
    return until !== undefined && now < until
  }

  add (host: Hostname, now: number): void {
    this.#until.delete(host)
    if (this.#until.size >= this.#max) this.#until.delete(this.#until.keys().next().value as Hostname)
    this.#until.set(host, now + this.#ttlMs)
  }

  delete (host: Hostname): void {
    this.#until.delete(host)
  }

  clear (): void {
    this.#until.clear()
  }
}
