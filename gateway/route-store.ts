import type { Logger } from 'pino'
import type { Hostname } from './hostname.ts'
import { openConnection } from './redis.ts'
import type { Redis, RedisAddress } from './redis.ts'
import { hostOfRouteKey, parseRoute, ROUTE_KEY_PREFIX, routeKey } from './route-record.ts'
import type { Route } from './route-record.ts'

/**
 * Reads routes from Redis, and hears of every change to one.
 *
 * Changes arrive by client tracking in broadcast mode. Tracking is switched on by the very connection that listens and
 * redirected to itself, so there is one connection to lose: while it stands, nothing can change unheard; when it goes,
 * everything may have changed. A connection that comes back has a new id, so it is armed anew each time.
 * RESP2, because ioredis drops invalidations that are pushed by RESP3 to a redirect; and `messageBuffer`, because the
 * message is an array of keys, or null for FLUSHALL, which `message` does not carry.
 */
export interface RouteStoreEvents {
  /** Every change from now on will be heard. */
  onArmed: () => void
  /** Routes can be read again. */
  onReadable: () => void
  /** Changes may go unheard until `onArmed`. */
  onLost: () => void
  onInvalidated: (host: Hostname) => void
  /** FLUSHALL or its like: all is gone and nothing was named. */
  onFlushed: () => void
}

/** Redis holds something under the host's key that `parseRoute` makes nothing of. */
export class UnreadableRoute extends Error {
  override name = 'UnreadableRoute'
}

const CHANNEL = '__redis__:invalidate'
/** A connection that is silently dead is noticed within this and the command's time-out. */
const HEARTBEAT_MS = 5000
/** How long the first connection may hold up the start. */
const START_TIMEOUT_MS = 2000

export class RouteStore {
  readonly #events: RouteStoreEvents
  readonly #log: Logger
  readonly #reader: Redis
  readonly #listener: Redis
  #heartbeat: NodeJS.Timeout | undefined
  readonly #firstArmed = Promise.withResolvers<void>()
  #armed = false

  constructor (address: RedisAddress, events: RouteStoreEvents, log: Logger) {
    this.#events = events
    this.#log = log
    this.#reader = openConnection(address, log, { enableAutoPipelining: true })
    this.#listener = openConnection(address, log, { protocol: 2, autoResubscribe: false })
    this.#reader.on('ready', () => { events.onReadable() })
    this.#listener.on('ready', () => { this.#arm() })
    this.#listener.on('close', () => { this.#lose() })
    this.#listener.on('messageBuffer', (_channel: Buffer, message: unknown) => { this.#hear(message) })
  }

  get armed (): boolean {
    return this.#armed
  }

  /** Routes can be read. */
  get readable (): boolean {
    return this.#reader.status === 'ready'
  }

  /** Resolves once routes can be read and changes are heard, or when Redis turns out to be away: then it keeps trying. */
  async start (): Promise<void> {
    const readable = new Promise<void>(resolve => { this.#reader.once('ready', resolve) })
    const away = new Promise<void>(resolve => {
      this.#listener.once('error', () => { resolve() })
      setTimeout(resolve, START_TIMEOUT_MS).unref()
    })
    this.#reader.connect().catch(() => {})
    this.#listener.connect().catch(() => {})
    this.#heartbeat = setInterval(() => { for (const each of [this.#reader, this.#listener]) beat(each) }, HEARTBEAT_MS).unref()
    await Promise.race([Promise.all([readable, this.#firstArmed.promise]), away])
  }

  /** The route of a host, or null when Redis has none. Throws UnreadableRoute, or what ioredis throws when it is away. */
  async read (host: Hostname): Promise<Route | null> {
    const text = await this.#reader.get(routeKey(host))
    if (text === null) return null
    const route = parseRoute(text)
    if (route === null) throw new UnreadableRoute(`The record of ${host} is not a route`)
    return route
  }

  close (): void {
    clearInterval(this.#heartbeat)
    // Let go, not lost.
    this.#armed = false
    this.#reader.disconnect()
    this.#listener.disconnect()
  }

  async #arm (): Promise<void> {
    const listener = this.#listener
    try {
      const id = await listener.client('ID')
      await listener.client('TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', ROUTE_KEY_PREFIX)
      await listener.subscribe(CHANNEL)
    } catch (err) {
      this.#log.warn({ err }, 'Listening to route changes failed')
      listener.disconnect(true)
      return
    }
    if (listener.status !== 'ready') return
    this.#armed = true
    this.#log.info('Listening to route changes')
    this.#events.onArmed()
    this.#firstArmed.resolve()
  }

  #lose (): void {
    if (!this.#armed) return
    this.#armed = false
    this.#log.warn('Route changes are not heard')
    this.#events.onLost()
  }

  #hear (message: unknown): void {
    if (message === null) {
      this.#log.warn('Redis was emptied')
      this.#events.onFlushed()
      return
    }
    for (const key of message as Buffer[]) {
      const host = hostOfRouteKey(key.toString())
      if (host !== null) this.#events.onInvalidated(host)
    }
  }
}

async function beat (connection: Redis): Promise<void> {
  if (connection.status !== 'ready') return
  try {
    await connection.ping()
  } catch {
    connection.disconnect(true)
  }
}
