/**
 * Whether an instance is worth a try, by what became of the requests to it: no probe of its own, no timer, no I/O.
 * One circuit for one instance at one address: another instance begins with another.
 *
 *   closed    everything goes. It opens after 5 failures in a row that span a second or more. In a row: without an answer in between. A second:
 *             one crash fails everything that is under way at once, and counts as the one failure that it is.
 *   open      nothing goes for a pause: half a second at first, twice as long after each probe that failed, ten seconds at most,
 *             each a quarter shorter or longer by chance, so that gateways do not knock in step.
 *   probing   the pause is over: one request goes and the others wait for what becomes of it. An answer closes the circuit, a
 *             failure opens it again. A probe that is not heard of for ten seconds is as good as lost, and another goes; its answer, when it comes, still counts.
 *
 * Whoever is let through gets an admission and reports with it, once, what became of the request:
 *
 *   answered  the first byte came, whatever it says: a 500 is an instance that answers
 *   failed    it could not be reached: refused, no route, no connection in time, reset or closed before the first byte
 *   untold    neither: the client left before it was known, or a time-out of the answer (a slow instance is not a dead one)
 *
 * Only a probe's report counts while the circuit is not closed: what was sent before is no news.
 */
export type Outcome = 'answered' | 'failed' | 'untold'
export type CircuitState = 'closed' | 'open' | 'probing'

const FAILURES_TO_OPEN = 5
const FAILURES_SPAN_MS = 1000
const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 10_000
const JITTER = 0.25
const PROBE_MS = 10_000

/** Admission of a request that is no probe. Probes have negative numbers, each its own. */
const ORDINARY = 0

export class Circuit {
  readonly #onChange: (from: CircuitState, to: CircuitState) => void
  readonly #random: () => number
  #state: CircuitState = 'closed'
  #failures = 0
  #firstFailureAt = 0
  #pauseMs = 0
  /** Open: when the next probe may go. Probing: until when this one is waited for. */
  #until = 0
  #probe = 0
  /** The last probe before this circuit opened: younger ones are about the present outage. */
  #probeBefore = 0

  constructor (onChange: (from: CircuitState, to: CircuitState) => void = () => {}, random: () => number = Math.random) {
    this.#onChange = onChange
    this.#random = random
  }

  get state (): CircuitState {
    return this.#state
  }

  /**
   * More than 0: refused, and in how many whole milliseconds it is worth asking again (for Retry-After). Else the request may go, and this is
   * its admission, for `report`. `now` is in milliseconds on a clock that does not go back.
   */
  admit (now: number): number {
    if (this.#state === 'closed') return ORDINARY
    const leftMs = this.#until - now
    if (leftMs > 0) return Math.max(1, Math.ceil(this.#state === 'open' ? leftMs : Math.min(leftMs, this.#pauseMs)))
    this.#until = now + PROBE_MS
    this.#change('probing')
    return --this.#probe
  }

  report (admission: number, outcome: Outcome, now: number): void {
    if (this.#state === 'closed') this.#count(outcome, now)
    else if (admission !== ORDINARY) this.#conclude(admission, outcome, now)
  }

  #count (outcome: Outcome, now: number): void {
    if (outcome === 'untold') return
    if (outcome === 'answered') {
      this.#failures = 0
      return
    }
    if (this.#failures++ === 0) this.#firstFailureAt = now
    if (this.#failures < FAILURES_TO_OPEN || now - this.#firstFailureAt < FAILURES_SPAN_MS) return
    this.#probeBefore = this.#probe
    this.#open(FIRST_PAUSE_MS, now)
  }

  #conclude (probe: number, outcome: Outcome, now: number): void {
    if (outcome === 'answered' && probe < this.#probeBefore) {
      this.#failures = 0
      this.#change('closed')
    }
    if (this.#state !== 'probing' || probe !== this.#probe || outcome === 'answered') return
    if (outcome === 'failed') this.#open(Math.min(this.#pauseMs * 2, MAX_PAUSE_MS), now)
    else this.#until = now
  }

  #open (pauseMs: number, now: number): void {
    this.#pauseMs = pauseMs
    this.#until = now + pauseMs * (1 - JITTER + 2 * JITTER * this.#random())
    this.#change('open')
  }

  #change (to: CircuitState): void {
    const from = this.#state
    this.#state = to
    if (from !== to) this.#onChange(from, to)
  }
}
