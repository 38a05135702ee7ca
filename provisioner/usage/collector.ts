import type { Logger } from 'pino'
import { inTransaction } from '../database/pool.ts'
import type { Pool, PoolClient } from '../database/pool.ts'
import type { DatabaseReadings } from '../resources/database-readings.ts'
import type { FoundRecord, UsageRecords } from '../resources/usage-records.ts'
import { credit } from './credit.ts'
import type { Sampler } from './sampler.ts'
import { lastReadings, samplingMinutes, saveReadings, saveServerTotals } from './sample-store.ts'
import { addUsage, pruneUsage, takeRecord } from './usage-store.ts'

/** Any number: held by the one provisioner that collects. */
const USAGE_LOCK = 7_237_866
const MINUTE_MS = 60_000
/** Gateways write at the full minute; by then it is there. */
const AFTER_MS = 3000
const RECORDS_AT_ONCE = 50
/** Records taken in one run: the stream is shorter. */
const RECORDS_A_RUN = 10_000
/** Sizes of databases change slowly, and looking at them is dear. */
const SIZES_EVERY_MS = 15 * MINUTE_MS

export interface CollectorDeps {
  pool: Pool
  records: UsageRecords
  readings: DatabaseReadings
  sampler: Pick<Sampler, 'sample'>
  log: Logger
}

/** What came of collecting so far, for metrics. */
export interface CollectorTotals { records: number, duplicates: number, unreadable: number, steps: number, failures: number }

/**
 * Once a minute: asks what containers use, takes what gateways wrote, and forgets what is too old. Of several provisioners one does at a time. Each part is a transaction that does
 * all of it and remembers that it did, so neither two provisioners nor one that is killed count anything twice.
 */
export class Collector {
  readonly totals: CollectorTotals = { records: 0, duplicates: 0, unreadable: 0, steps: 0, failures: 0 }
  readonly #deps: CollectorDeps
  readonly #stopping = new AbortController()
  #databases = new Map<string, number>()
  #sizesAt = -Infinity
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()

  constructor (deps: CollectorDeps) {
    this.#deps = deps
  }

  start (): void {
    const untilNext = MINUTE_MS - (Date.now() - AFTER_MS) % MINUTE_MS
    this.#timer = setTimeout(() => {
      this.#running = this.collect().finally(() => { if (!this.#stopping.signal.aborted) this.start() })
    }, untilNext)
  }

  async stop (): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#timer)
    await this.#running
  }

  /** One run. Never rejects: what cannot be reached now is for the next. */
  async collect (): Promise<void> {
    await this.#attempt('usage of containers could not be sampled', async () => { await this.#sample() })
    await this.#attempt('usage could not be taken from Redis', async () => { await this.#drain() })
    await this.#attempt('old usage could not be removed', async () => { await this.#alone(async tx => { await pruneUsage(tx) }) })
  }

  async #attempt (failure: string, work: () => Promise<void>): Promise<void> {
    if (this.#stopping.signal.aborted) return
    this.totals.steps++
    try {
      await work()
    } catch (err) {
      this.totals.failures++
      this.#deps.log.warn({ err }, failure)
    }
  }

  /** Does the work while no other provisioner does any of it; null when one does. */
  async #alone<T> (work: (tx: PoolClient) => Promise<T>): Promise<T | null> {
    return await inTransaction(this.#deps.pool, async tx => {
      const { rows } = await tx.query<{ free: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS free', [USAGE_LOCK])
      return rows[0]?.free === true ? await work(tx) : null
    })
  }

  async #sample (): Promise<void> {
    await this.#alone(async tx => {
      const { last, now } = await samplingMinutes(tx)
      if (now === last) return
      await this.#measureDatabases(tx)
      const [samples, before] = [await this.#deps.sampler.sample(), await lastReadings(tx)]
      await addUsage(tx, credit(now, last, samples, before, this.#databases))
      await saveReadings(tx, now, samples)
    })
  }

  async #measureDatabases (tx: PoolClient): Promise<void> {
    if (performance.now() - this.#sizesAt < SIZES_EVERY_MS) return
    try {
      const { tenants, databases, bytes } = await this.#deps.readings.sizes()
      this.#databases = tenants
      this.#sizesAt = performance.now()
      await saveServerTotals(tx, { databases, bytes, at: new Date().toISOString() })
    } catch (err) {
      this.#deps.log.warn({ err }, 'databases could not be measured')
      // What was known is too old to go on being said.
      if (performance.now() - this.#sizesAt > 2 * SIZES_EVERY_MS) this.#databases = new Map()
    }
  }

  async #drain (): Promise<void> {
    for (let taken = 0; taken < RECORDS_A_RUN && !this.#stopping.signal.aborted;) {
      const found = await this.#deps.records.oldest(RECORDS_AT_ONCE)
      if (found.length === 0) return
      if (await this.#take(found) === null) return
      await this.#deps.records.remove(found.map(({ id }) => id))
      taken += found.length
    }
  }

  async #take (found: FoundRecord[]): Promise<true | null> {
    try {
      return await this.#alone(async tx => await this.#takeAll(tx, found))
    } catch (err) {
      // A value that no column takes (class 22): one record must not keep all others.
      if (!isDataException(err)) throw err
      if (found.length === 1) {
        this.#deps.log.error({ err, record: found[0]?.id }, 'a record of usage cannot be stored; it is dropped')
        this.totals.unreadable++
        return true
      }
    }
    for (const one of found) if (await this.#take([one]) === null) return null
    return true
  }

  async #takeAll (tx: PoolClient, found: FoundRecord[]): Promise<true> {
    const counts = { records: 0, duplicates: 0, unreadable: 0 }
    for (const { id, record } of found) {
      if (record === null) {
        this.#deps.log.warn({ record: id }, 'a record of usage cannot be read')
        counts.unreadable++
      } else counts[await takeRecord(tx, record) ? 'records' : 'duplicates']++
    }
    for (const [name, count] of Object.entries(counts) as Array<[keyof typeof counts, number]>) this.totals[name] += count
    return true
  }
}

function isDataException (err: unknown): boolean {
  return err instanceof Error && 'code' in err && String(err.code).startsWith('22')
}
