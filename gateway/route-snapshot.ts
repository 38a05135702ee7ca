import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import type { Logger } from 'pino'
import { canonicalHostname } from './hostname.ts'
import type { Hostname } from './hostname.ts'
import { parseRoute, serializeRoute } from './route-record.ts'
import type { Route } from './route-record.ts'

/**
 * The known routes on disk, so that a gateway that starts while Redis is away serves what the last one knew.
 *
 *   a line   <hostname> <record as in Redis>
 *   mtime    when the gateway last knew that the routes were current
 *
 * Written beside the file, synced, then renamed over it: a reader finds the old one or the new one, whole. What does not
 * read as a route is skipped: a snapshot is a convenience and must never stop a start.
 */
export interface Snapshot {
  routes: Array<[Hostname, Route]>
  ageMs: number
}

const WRITE_DELAY_MS = 1000
/** Of all time at most this part goes into writing: a write that takes long is followed by a rest twenty times as long. */
const REST_FACTOR = 20
const LINES_AT_ONCE = 1000

export class RouteSnapshot {
  readonly #file: string
  readonly #routes: () => Iterable<[Hostname, Route]>
  readonly #log: Logger
  /** What is on disk is not what is known. */
  #dirty = false
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #restMs = WRITE_DELAY_MS

  /** `routes` gives what is to be written whenever it is time to. */
  constructor (file: string, routes: () => Iterable<[Hostname, Route]>, log: Logger) {
    this.#file = file
    this.#routes = routes
    this.#log = log
  }

  async read (): Promise<Snapshot> {
    try {
      const [text, { mtimeMs }] = await Promise.all([readFile(this.#file, 'utf8'), stat(this.#file)])
      return { routes: parseSnapshot(text), ageMs: Math.max(0, Date.now() - mtimeMs) }
    } catch (err) {
      if (!isAbsent(err)) this.#log.warn({ err }, 'Route snapshot cannot be read')
      return { routes: [], ageMs: Infinity }
    }
  }

  /** Something changed: writes within a second or so, once for all changes until then. */
  schedule (): void {
    this.#dirty = true
    this.#timer ??= setTimeout(() => { this.flush() }, this.#restMs).unref()
  }

  /** The routes are still current: so is the snapshot, unless it has yet to be written. */
  async touch (): Promise<void> {
    if (this.#dirty) return
    const now = new Date()
    await utimes(this.#file, now, now).catch(() => {})
  }

  /** Writes now if anything is left to write, and waits for it. */
  async flush (): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#dirty) {
      this.#dirty = false
      this.#writing = this.#writing.then(() => this.#write())
    }
    await this.#writing
  }

  async #write (): Promise<void> {
    const startedAt = performance.now()
    const temporary = `${this.#file}.${randomBytes(4).toString('hex')}.tmp`
    try {
      const handle = await open(temporary, 'wx', 0o600)
      try {
        for (const lines of formatSnapshot(this.#routes())) await handle.write(lines)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, this.#file)
    } catch (err) {
      this.#log.warn({ err }, 'Route snapshot cannot be written')
      await rm(temporary, { force: true }).catch(() => {})
      this.#dirty = true
    }
    this.#restMs = Math.max(WRITE_DELAY_MS, REST_FACTOR * (performance.now() - startedAt))
  }
}

export function parseSnapshot (text: string): Array<[Hostname, Route]> {
  const routes: Array<[Hostname, Route]> = []
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ')
    if (space < 0) continue
    const host = canonicalHostname(line.slice(0, space))
    const route = parseRoute(line.slice(space + 1))
    if (host !== null && route !== null) routes.push([host, route])
  }
  return routes
}

/** In pieces, so that a large snapshot does not hold up the requests meanwhile. */
export function * formatSnapshot (routes: Iterable<[Hostname, Route]>): Generator<string> {
  let lines: string[] = []
  for (const [host, route] of routes) {
    lines.push(`${host} ${serializeRoute(route)}\n`)
    if (lines.length < LINES_AT_ONCE) continue
    yield lines.join('')
    lines = []
  }
  if (lines.length > 0) yield lines.join('')
}

function isAbsent (err: unknown): boolean {
  return err instanceof Error && 'code' in err && err.code === 'ENOENT'
}
