import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { RedisAddress } from './redis.ts'
import { UsageCounts } from './usage-counts.ts'
import { serializeUsage, USAGE_TENANTS_MAX } from './usage-record.ts'
import { UsageStore } from './usage-store.ts'

const MINUTE_MS = 60_000
/** Records kept while Redis is away, 25 kB each at the most: two hours of a gateway with up to USAGE_TENANTS_MAX busy tenants. */
export const PENDING_MAX = 120
/** How long a gateway that stops waits for Redis to take what it counted last. */
const CLOSE_MS = 1500

/** What became of records so far. */
export interface UsageTotals { written: number, dropped: number }

/**
 * Counts what tenants use, and writes it to Redis once a minute. While Redis is away records are kept, up to a bound beyond which
 * the oldest are dropped: no request ever waits for any of it.
 */
export class Usage {
  readonly counts = new UsageCounts()
  readonly totals: UsageTotals = { written: 0, dropped: 0 }
  readonly #store: UsageStore
  readonly #log: Logger
  readonly #process = randomUUID()
  readonly #pending: string[] = []
  #sequence = 0
  #minute = minuteNow()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | null = null

  constructor (address: RedisAddress, log: Logger) {
    this.#store = new UsageStore(address, log)
    this.#log = log
  }

  /** Begins to connect; counts meanwhile. */
  start (): void {
    this.#store.connect(() => { this.#write() })
    this.#schedule()
  }

  /** Closes the minute: what was counted is on its way. */
  flush (): void {
    const used = this.counts.take()
    for (let i = 0; i < used.length; i += USAGE_TENANTS_MAX) {
      this.#pending.push(serializeUsage({ process: this.#process, sequence: ++this.#sequence, minute: this.#minute, tenants: used.slice(i, i + USAGE_TENANTS_MAX) }))
    }
    this.#minute = minuteNow()
    const excess = this.#pending.length - Math.max(PENDING_MAX, Math.ceil(used.length / USAGE_TENANTS_MAX))
    if (excess > 0) {
      this.#pending.splice(0, excess)
      this.totals.dropped += excess
      this.#log.warn({ records: excess }, 'Usage that Redis could not take is dropped')
    }
    this.#write()
  }

  /** Hands over what was counted last, if Redis takes it soon. */
  async close (): Promise<void> {
    clearTimeout(this.#timer)
    this.flush()
    if (this.#writing !== null) {
      const tooLong = Promise.withResolvers<void>()
      const timer = setTimeout(tooLong.resolve, CLOSE_MS)
      await Promise.race([this.#writing, tooLong.promise])
      clearTimeout(timer)
    }
    this.#store.close()
  }

  #schedule (): void {
    // From the clock each time: a minute is a minute of the day, also after the clock was set.
    this.#timer = setTimeout(() => {
      if (minuteNow() !== this.#minute) this.flush()
      this.#schedule()
    }, MINUTE_MS - Date.now() % MINUTE_MS).unref()
  }

  #write (): void {
    this.#writing ??= this.#drain().finally(() => { this.#writing = null })
  }

  /** One after the other: the numbers in the stream only ever grow. */
  async #drain (): Promise<void> {
    try {
      for (let record = this.#pending[0]; record !== undefined; record = this.#pending[0]) {
        await this.#store.append(record)
        // It may have been dropped meanwhile.
        if (this.#pending[0] === record) this.#pending.shift()
        this.totals.written++
      }
    } catch (err) {
      this.#log.debug({ err }, 'Usage cannot be written now')
    }
  }
}

function minuteNow (): number {
  return Math.floor(Date.now() / MINUTE_MS)
}
