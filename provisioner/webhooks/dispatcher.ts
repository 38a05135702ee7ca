import type { Logger } from 'pino'
import { inTransaction } from '../database/pool.ts'
import type { Pool } from '../database/pool.ts'
import type { Presence } from '../queue/presence.ts'
import { claimDeliveries, pruneDeliveries, recordAttempt, releaseClaims } from './delivery-store.ts'
import type { Claim, Result } from './delivery-store.ts'
import { send } from './send.ts'
import type { TargetPolicy } from './target.ts'
import { signedHeaders } from './webhook.ts'

/** A notification is a hint, and a wait comes to its end without one. */
const POLL_MS = 1000
const PRUNE_EVERY_MS = 600_000
/** A slow receiver takes as many places as this, and leaves the others to the others. */
const PER_WEBHOOK = 4
const AT_ONCE = 32

export interface DispatcherDeps {
  pool: Pool
  presence: Pick<Presence, 'on' | 'off' | 'stay'>
  masterKey: Buffer
  policy: TargetPolicy
  log: Logger
}

/** Sends what is to be told to webhooks. Any number of provisioners share the work; each delivery is one's at a time, and at least once. */
export class Dispatcher {
  readonly totals: Record<Result, number> = { delivered: 0, retried: 0, failed: 0 }
  readonly #deps: DispatcherDeps
  readonly #stopping = new AbortController()
  /** Deliveries that are being attempted, and their webhooks. */
  readonly #underWay = new Map<string, string>()
  #told = false
  #wake: () => void = () => {}
  #prunedAt = -Infinity
  #loop: Promise<void> = Promise.resolve()

  constructor (deps: DispatcherDeps) {
    this.#deps = deps
  }

  start (): void {
    this.#deps.presence.on('berth_webhooks', this.#hear)
    this.#loop = this.#run()
  }

  /** Breaks off what is under way: it is sent again by whoever comes next. */
  async stop (): Promise<void> {
    this.#deps.presence.off('berth_webhooks', this.#hear)
    this.#stopping.abort()
    this.#wake()
    await this.#loop
  }

  readonly #hear = (): void => {
    this.#told = true
    this.#wake()
  }

  async #run (): Promise<void> {
    const sending = new Set<Promise<void>>()
    while (!this.#stopping.signal.aborted) {
      this.#told = false
      try {
        await this.#prune()
        for (const [claim, owner] of await this.#claim()) {
          this.#underWay.set(claim.id, claim.webhookId)
          const sent = this.#attempt(claim, owner).finally(() => {
            this.#underWay.delete(claim.id)
            sending.delete(sent)
            this.#hear()
          })
          sending.add(sent)
        }
      } catch (err) {
        this.#deps.log.warn({ err }, 'webhooks could not be looked at')
      }
      if (!this.#told) await this.#pause()
    }
    await Promise.all(sending)
    const owner = this.#deps.presence.stay?.number
    if (owner !== undefined) await releaseClaims(this.#deps.pool, owner).catch(() => {})
  }

  async #claim (): Promise<Array<[Claim, number]>> {
    const owner = this.#deps.presence.stay?.number
    if (owner === undefined || this.#underWay.size >= AT_ONCE) return []
    const counts = [...Map.groupBy(this.#underWay.values(), id => id)].map(([id, places]) => [id, places.length] as const)
    const busy = counts.filter(([, count]) => count >= PER_WEBHOOK).map(([id]) => id)
    // One at a time while some are under way, so that no webhook gets more than its places.
    const perWebhook = this.#underWay.size === 0 ? PER_WEBHOOK : 1
    return (await claimDeliveries(this.#deps.pool, owner, { busy, underWay: [...this.#underWay.keys()], perWebhook })).map(claim => [claim, owner])
  }

  async #attempt (claim: Claim, owner: number): Promise<void> {
    const { pool, masterKey, policy, log } = this.#deps
    const began = performance.now()
    const attempt = await send(new URL(claim.url), signedHeaders(masterKey, claim, Math.floor(Date.now() / 1000)), claim.body, policy, this.#stopping.signal)
    if (this.#stopping.signal.aborted && attempt.kind === 'failed') return
    const durationMs = performance.now() - began
    try {
      const result = await inTransaction(pool, async tx => await recordAttempt(tx, claim, owner, attempt, durationMs))
      if (result === null) return
      this.totals[result]++
      if (result !== 'delivered') log.info({ webhook: claim.webhookId, delivery: claim.id, attempt, result }, 'webhook not delivered')
    } catch (err) {
      // It is due still, and is sent again.
      log.warn({ err, webhook: claim.webhookId, delivery: claim.id }, 'what came of a webhook could not be recorded')
    }
  }

  async #prune (): Promise<void> {
    if (performance.now() - this.#prunedAt < PRUNE_EVERY_MS) return
    await pruneDeliveries(this.#deps.pool)
    this.#prunedAt = performance.now()
  }

  async #pause (): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, POLL_MS)
      this.#wake = () => { clearTimeout(timer); resolve() }
      if (this.#told || this.#stopping.signal.aborted) this.#wake()
    })
    this.#wake = () => {}
  }
}
