import type { Logger } from 'pino'
import { inTransaction } from '../database/pool.ts'
import type { Pool } from '../database/pool.ts'
import type { Presence } from '../queue/presence.ts'
import { advanceRollout } from './advance-rollout.ts'
import { rolloutsUnderWay } from './rollout-store.ts'

/** A notification is a hint: rollouts are looked at this often without one. */
const POLL_MS = 1000
/** Many tenants settle at once: what they tell is looked at together. */
const GATHER_MS = 50

/** Drives the rollouts that have not ended, whenever a tenant settled. Of several provisioners each does, and one has a rollout at a time. */
export class RolloutDriver {
  readonly #pool: Pool
  readonly #presence: Presence
  readonly #log: Logger
  readonly #stopping = new AbortController()
  #told = false
  #wake: () => void = () => {}
  #loop: Promise<void> = Promise.resolve()

  constructor ({ pool, presence, log }: { pool: Pool, presence: Presence, log: Logger }) {
    this.#pool = pool
    this.#presence = presence
    this.#log = log
  }

  start (): void {
    for (const channel of ['berth_settled', 'berth_rollouts'] as const) this.#presence.on(channel, this.#hear)
    this.#loop = this.#run()
  }

  async stop (): Promise<void> {
    for (const channel of ['berth_settled', 'berth_rollouts'] as const) this.#presence.off(channel, this.#hear)
    this.#stopping.abort()
    this.#wake()
    await this.#loop
  }

  readonly #hear = (): void => {
    this.#told = true
    this.#wake()
  }

  async #run (): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#told = false
      await this.#advance()
      await this.#pause(this.#told ? GATHER_MS : POLL_MS)
    }
  }

  async #advance (): Promise<void> {
    try {
      for (const id of await rolloutsUnderWay(this.#pool)) await inTransaction(this.#pool, async tx => { await advanceRollout(tx, id) })
    } catch (err) {
      this.#log.warn({ err }, 'rollouts could not be looked at')
    }
  }

  async #pause (ms: number): Promise<void> {
    if (this.#stopping.signal.aborted) return
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => { clearTimeout(timer); setTimeout(resolve, GATHER_MS) }
    })
    this.#wake = () => {}
  }
}
