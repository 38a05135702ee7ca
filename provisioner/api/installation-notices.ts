import type { Channel, Presence } from '../queue/presence.ts'

const CHANNELS: readonly Channel[] = ['berth_events', 'berth_settled', 'berth_rollouts']

/** What was told of: ids, or too many of them to name. */
export type Told = { ids: string[] } | 'everything'

/**
 * Gathers what is told of tenants, releases and rollouts, until somebody takes it. However slow that is, no more than `max` names are kept: beyond that
 * everything was told of. Whoever makes one closes it.
 */
export class InstallationNotices {
  readonly #presence: Pick<Presence, 'on' | 'off'>
  readonly #max: number
  #ids = new Set<string>()
  #everything = false
  #wake: () => void = () => {}

  constructor (presence: Pick<Presence, 'on' | 'off'>, max: number) {
    this.#presence = presence
    this.#max = max
    for (const channel of CHANNELS) presence.on(channel, this.#hear)
  }

  /** Resolves when something is there to take, after `timeoutMs`, or when the signal aborts; returns whether something is. */
  async wait (timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.#isEmpty && !signal.aborted) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, timeoutMs)
        this.#wake = () => { clearTimeout(timer); resolve() }
        signal.addEventListener('abort', this.#wake, { once: true })
      })
      signal.removeEventListener('abort', this.#wake)
      this.#wake = () => {}
    }
    return !this.#isEmpty
  }

  take (): Told {
    const told = this.#everything ? 'everything' : { ids: [...this.#ids] }
    this.#ids = new Set()
    this.#everything = false
    return told
  }

  close (): void {
    for (const channel of CHANNELS) this.#presence.off(channel, this.#hear)
  }

  get #isEmpty (): boolean {
    return this.#ids.size === 0 && !this.#everything
  }

  // An empty payload means: look at everything.
  readonly #hear = (id: string): void => {
    if (id === '' || (this.#ids.size >= this.#max && !this.#ids.has(id))) {
      this.#everything = true
      this.#ids.clear()
    }
    if (!this.#everything) this.#ids.add(id)
    this.#wake()
  }
}
