import type { Logger } from 'pino'
import { openConnection } from './redis.ts'
import type { Redis, RedisAddress } from './redis.ts'
import { USAGE_FIELD, USAGE_STREAM, USAGE_STREAM_MAX } from './usage-record.ts'

/** Where records of usage are written: see usage-record.ts. */
export class UsageStore {
  readonly #redis: Redis

  constructor (address: RedisAddress, log: Logger) {
    this.#redis = openConnection(address, log)
  }

  /** Begins to connect, and goes on until it has; returns at once. `onReady` is told each time that it has. */
  connect (onReady: () => void): void {
    this.#redis.on('ready', onReady)
    this.#redis.connect().catch(() => {})
  }

  /** Appends a record. Throws when Redis does not confirm it: then nobody can tell whether it is there. */
  async append (record: string): Promise<void> {
    try {
      await this.#redis.xadd(USAGE_STREAM, 'MAXLEN', USAGE_STREAM_MAX, '*', USAGE_FIELD, record)
    } catch (err) {
      // A connection that is silently dead does not end by itself; one that brought an error is alive.
      if (this.#redis.status === 'ready' && !(err instanceof Error && err.name === 'ReplyError')) this.#redis.disconnect(true)
      throw err
    }
  }

  close (): void {
    this.#redis.disconnect()
  }
}
