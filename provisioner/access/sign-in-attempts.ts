import ipaddr from 'ipaddr.js'

const WINDOW_MS = 5 * 60_000
const MAX_FAILURES = 10
const MAX_ADDRESSES = 10_000

/**
 * How often signing in failed from an address lately; of IPv6 from its /64, which is one customer's. Bounded: the address that failed longest
 * ago is forgotten first. Each process counts by itself.
 */
export class SignInAttempts {
  readonly #failures = new Map<string, { count: number, since: number }>()

  /** Milliseconds until the address may try again; 0 when it may now. */
  waitMs (address: string, now: number): number {
    const failed = this.#failures.get(networkOf(address))
    if (failed === undefined || failed.count < MAX_FAILURES) return 0
    return Math.max(0, failed.since + WINDOW_MS - now)
  }

  failed (address: string, now: number): void {
    const network = networkOf(address)
    const before = this.#failures.get(network)
    const goesOn = before !== undefined && now - before.since < WINDOW_MS
    this.#failures.delete(network)
    this.#failures.set(network, goesOn ? { count: before.count + 1, since: before.since } : { count: 1, since: now })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest)
  }
}

function networkOf (address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  return parsed.kind() === 'ipv4' ? parsed.toString() : parsed.toByteArray().slice(0, 8).join('.')
}
