import type { Channel, Presence } from '../queue/presence.ts'

/**
 * Listens for what is told of one tenant. Nothing is missed between two calls of `next`: read after it, then call it
 * again. Whoever makes one closes it.
 */
export class Notices {
  readonly #presence: Pick<Presence, 'on' | 'off'>
  readonly #channels: readonly Channel[]
  readonly #tenantId: string
  #told = false
  #wake: () => void = () => {}

  constructor (presence: Pick<Presence, 'on' | 'off'>, channels: readonly Channel[], tenantId: string) {
    this.#presence = presence
    this.#channels = channels
    this.#tenantId = tenantId
    for (const channel of channels) presence.on(channel, this.#hear)
  }

  /**
   * Resolves when something was told since the last call, after `timeoutMs`, or when the signal aborts, and returns
   * whether something was told.
   */
  async next (timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#told && !signal.aborted) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, timeoutMs)
        this.#wake = () => { clearTimeout(timer); resolve() }
        signal.addEventListener('abort', this.#wake, { once: true })
      })
      signal.removeEventListener('abort', this.#wake)
    }
    const told = this.#told
    this.#told = false
    return told
  }

  close (): void {
    for (const channel of this.#channels) this.#presence.off(channel, this.#hear)
  }

  // An empty payload means: look at everything.
  readonly #hear = (tenantId: string): void => {
    if (tenantId !== '' && tenantId !== this.#tenantId) return
    this.#told = true
    this.#wake()
  }
}
