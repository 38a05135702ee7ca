import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'

/** First key of the advisory locks that workers hold; the second is the worker's number. */
export const WORKER_LOCK = 7_237_863
const CHANNELS = ['berth_work', 'berth_settled', 'berth_events', 'berth_rollouts', 'berth_webhooks'] as const
const HEARTBEAT_MS = 2000
export type Channel = typeof CHANNELS[number]

/** One stay on the control database. `lost` aborts when its connection is gone, and with it every lease. */
export interface Stay {
  number: number
  lost: AbortSignal
}

/**
 * The one connection by which this process is present on the control database: it holds the advisory lock of a worker
 * number, which the leases name as their owner, and listens for notifications. PostgreSQL frees the lock when the
 * connection ends, however it ends, so the leases of a killed process are free at once; TCP keepalive ends it within
 * some seconds when the whole machine is gone.
 *
 * Emits `stay` (Stay) for each connection, and each channel's name with the payload. After a gap in the listening
 * every channel is told with an empty payload, which means: look at everything.
 */
export class Presence extends EventEmitter<{ stay: [Stay] } & Record<Channel, [string]>> {
  readonly #endpoint: Config['controlDatabase']
  readonly #log: Logger
  readonly #closing = new AbortController()
  #client: pg.Client | null = null
  #stay: Stay | null = null
  #number = 0
  #running: Promise<void> = Promise.resolve()

  constructor (endpoint: Config['controlDatabase'], log: Logger) {
    super()
    this.setMaxListeners(0)
    this.#endpoint = endpoint
    this.#log = log
  }

  /** The present stay, or null while the control database is away. */
  get stay (): Stay | null { return this.#stay }

  /** Connects, and stays connected until `close`. Throws when the first connection fails. */
  async open (): Promise<void> {
    const lost = await this.#connect()
    this.#running = this.#keep(lost)
  }

  async close (): Promise<void> {
    this.#closing.abort()
    await this.#client?.end().catch(() => {})
    await this.#running
  }

  async #keep (lost: AbortSignal): Promise<void> {
    for (;;) {
      if (!lost.aborted) await once(lost, 'abort')
      if (this.#closing.signal.aborted) return
      this.#log.warn('control database connection lost')
      lost = await this.#reconnect()
      if (this.#closing.signal.aborted) return
      for (const channel of CHANNELS) this.emit(channel, '')
    }
  }

  async #reconnect (): Promise<AbortSignal> {
    for (let attempt = 0; !this.#closing.signal.aborted; attempt++) {
      try {
        return await this.#connect()
      } catch (err) {
        if (attempt % 20 === 0) this.#log.warn({ err }, 'control database is away')
        await delay(Math.min(50 * 2 ** attempt, 1000), undefined, { signal: this.#closing.signal }).catch(() => {})
      }
    }
    return AbortSignal.abort()
  }

  async #connect (): Promise<AbortSignal> {
    const lost = new AbortController()
    const client = new pg.Client({
      ...this.#endpoint,
      application_name: 'berth-presence',
      connectionTimeoutMillis: 5000,
      query_timeout: 5000,
      keepAlive: true,
      options: '-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3'
    })
    client.on('error', () => {})
    const lose = (): void => {
      clearInterval(heartbeat)
      if (this.#client === client) this.#stay = null
      lost.abort()
    }
    // A connection whose other end vanished does not end by itself for a long time.
    const heartbeat = setInterval(() => {
      client.query('SELECT').catch(() => {
        lose()
        client.end().catch(() => {})
      })
    }, HEARTBEAT_MS)
    client.on('end', lose)
    client.on('notification', ({ channel, payload }) => { this.emit(channel as Channel, payload ?? '') })
    try {
      await this.#enter(client)
    } catch (err) {
      clearInterval(heartbeat)
      client.end().catch(() => {})
      throw err
    }
    this.emit('stay', this.#stay = { number: this.#number, lost: lost.signal })
    return lost.signal
  }

  async #enter (client: pg.Client): Promise<void> {
    await client.connect()
    const { rows } = await client.query<{ number: number }>("SELECT nextval('worker_numbers')::int AS number")
    this.#number = rows[0]?.number as number
    await client.query('SELECT pg_advisory_lock($1, $2)', [WORKER_LOCK, this.#number])
    for (const channel of CHANNELS) await client.query(`LISTEN ${channel}`)
    this.#client = client
  }
}
