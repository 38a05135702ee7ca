import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { ApiError, CliError, UnreachableError } from './errors.ts'
import type { ProblemBody } from './errors.ts'
import { EXIT } from './exit-codes.ts'
import type { Http } from './http.ts'
import { readBody } from './http.ts'
import type { Page } from './shapes.ts'

const TIMEOUT_MS = 30_000
/** Between the tries of a request that may be tried again. */
const RETRY_AFTER_MS = [200, 600, 1500]
const PAGE_LIMIT = 200

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export interface Call {
  query?: Query
  body?: unknown
  /** One thing that is wanted has one key, however often it is asked for. Made anew for a mutation that names none. */
  key?: string
  headers?: Readonly<Record<string, string>>
  timeoutMs?: number
}

export interface Answer<T> { status: number, body: T }

/**
 * The REST API. What did not arrive, or whose answer did not, is sent again: reads change nothing, and a mutation carries an
 * Idempotency-Key, so that it is done once. Throws ApiError and UnreachableError.
 */
export class Api {
  readonly #http: Pick<Http, 'send'>
  readonly #token: string
  readonly #signal: AbortSignal

  constructor (http: Pick<Http, 'send'>, token: string, signal: AbortSignal) {
    this.#http = http
    this.#token = token
    this.#signal = signal
  }

  get signal (): AbortSignal { return this.#signal }

  /** The same API, whose requests also end when another signal aborts. */
  until (signal: AbortSignal): Api {
    return new Api(this.#http, this.#token, AbortSignal.any([this.#signal, signal]))
  }

  async get<T> (path: string, query: Query = {}): Promise<T> {
    return (await this.call<T>('GET', path, { query })).body
  }

  /** One request that has a JSON answer, or none. */
  async call<T> (method: string, path: string, call: Call = {}): Promise<Answer<T>> {
    const key = method === 'GET' ? undefined : call.key ?? newKey()
    return await this.#persistently(async () => {
      const incoming = await this.open(method, path, { ...call, ...(key === undefined ? {} : { key }) })
      const text = await readBody(incoming)
      return { status: incoming.statusCode as number, body: (text === '' ? null : parse(text)) as T }
    })
  }

  /** One request whose answer is read as it comes. Tried once. */
  async open (method: string, path: string, { query = {}, body, key, headers = {}, timeoutMs = TIMEOUT_MS }: Call = {}): Promise<IncomingMessage> {
    const incoming = await this.#http.send({
      method,
      path: path + queryText(query),
      headers: {
        accept: 'application/json',
        'user-agent': 'berth-cli',
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...headers
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs,
      signal: this.#signal
    })
    const status = incoming.statusCode as number
    if (status >= 200 && status < 300) return incoming
    throw new ApiError(status, problemOf(await readBody(incoming)))
  }

  /** All items of a list, or the first `max` of them, page by page. */
  async * items<T> (path: string, query: Query = {}, max = Infinity): AsyncGenerator<T> {
    let left = max
    for (let cursor: string | undefined; left > 0;) {
      const { items, nextCursor } = await this.get<Page<T>>(path, { ...query, limit: Math.min(left, PAGE_LIMIT), cursor })
      for (const item of items.slice(0, left)) yield item
      left -= items.length
      if (nextCursor === null) return
      cursor = nextCursor
    }
  }

  async #persistently<T> (attempt: () => Promise<T>): Promise<T> {
    for (const waitMs of RETRY_AFTER_MS) {
      try {
        return await attempt()
      } catch (err) {
        if (!isPassing(err)) throw err
        await pause(waitMs, undefined, { signal: this.#signal })
      }
    }
    return await attempt()
  }
}

export function newKey (): string {
  return `cli-${randomUUID()}`
}

/** Whether it may go better by itself: nobody listened, the connection broke, or a part that is needed is away. Not a time-out: that waited already. */
export function isPassing (err: unknown): boolean {
  if (err instanceof ApiError) return err.status === 503 || err.body.code === 'idempotency_in_progress'
  return err instanceof UnreachableError && err.cause !== undefined
}

/** A part of a path. */
export function segment (text: string): string {
  if (text === '' || text === '.' || text === '..') throw new CliError(EXIT.usage, `"${text}" is no name.`)
  return encodeURIComponent(text)
}

export function queryText (query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined).map(([name, value]): [string, string] => [name, String(value)])
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new CliError(EXIT.failed, 'The answer is not JSON: is this address that of a Berth API?', { cause })
  }
}

function problemOf (text: string): ProblemBody {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : {}
  } catch {
    return {}
  }
}
