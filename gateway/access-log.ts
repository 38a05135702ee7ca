import { PROBLEMS } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { Refused } from './parser-errors.ts'

/** For the log only: the client went away before it had an answer. */
const STATUS_CLIENT_GONE = 499

/** What is logged of an exchange. */
export type Logged = Pick<Exchange, 'id' | 'peer' | 'host' | 'path' | 'route' | 'startedAt' | 'answeredAt' | 'problem' | 'bytesReceived' | 'bytesSent'>

/** How an exchange ended, as the log and the metrics have it. */
export interface Ending {
  status: number
  /** Who broke off an exchange that did not come to its end. */
  cutBy: 'client' | 'tenant' | null
  durationMs: number
}

export function endingOf (exchange: Pick<Exchange, 'cutByTenant' | 'startedAt'>, response: { statusCode: number, headersSent: boolean, writableFinished: boolean }, now: number): Ending {
  const { statusCode, headersSent, writableFinished } = response
  const durationMs = now - exchange.startedAt
  if (writableFinished || statusCode === 101) return { status: statusCode, cutBy: null, durationMs }
  if (exchange.cutByTenant) return { status: statusCode, cutBy: 'tenant', durationMs }
  return { status: headersSent ? statusCode : STATUS_CLIENT_GONE, cutBy: 'client', durationMs }
}

/** Where lines go; pino's destination, so that they do not mix with its own. */
export interface LineSink {
  write: (text: string) => unknown
}

const BATCH_CHARS = 32 * 1024
const BATCH_MS = 100

/**
 * One line of JSON for a request, in the form of pino's lines. It is put together by hand and written in batches: by way
 * of an object and a line each it cost as much as a third of the request.
 */
export class AccessLog {
  readonly #sink: LineSink
  readonly #every: number
  readonly #timer: NodeJS.Timeout
  #batch = ''
  #count = 0
  #at = 0
  #time = ''

  /** Writes each `every`-th request, and each that the gateway answered itself with a 5xx. */
  constructor (sink: LineSink, every: number) {
    this.#sink = sink
    this.#every = every
    this.#timer = setInterval(() => { this.flush() }, BATCH_MS).unref()
  }

  write (exchange: Logged, method: string, ending: Ending): void {
    if (++this.#count % this.#every !== 0 && !(exchange.problem !== null && ending.status >= 500)) return
    this.#batch += logLine(this.#isoTime(Date.now()), exchange, method, ending)
    if (this.#batch.length >= BATCH_CHARS) this.flush()
  }

  /** What was answered without becoming a request has no host, no method and no path. */
  refused ({ code, id, peer }: Refused): void {
    const exchange = { id, peer, host: '', path: '', route: null, startedAt: 0, answeredAt: 0, problem: code, bytesReceived: 0, bytesSent: 0 }
    this.write(exchange, '', { status: PROBLEMS[code].status, cutBy: null, durationMs: 0 })
  }

  flush (): void {
    if (this.#batch === '') return
    const batch = this.#batch
    this.#batch = ''
    this.#sink.write(batch)
  }

  close (): void {
    clearInterval(this.#timer)
    this.flush()
  }

  /** Many requests end in the same millisecond. */
  #isoTime (now: number): string {
    if (now !== this.#at) {
      this.#at = now
      this.#time = new Date(now).toISOString()
    }
    return this.#time
  }
}

/** No query string: it carries what people type, and tokens. */
export function logLine (time: string, exchange: Logged, method: string, { status, cutBy, durationMs }: Ending): string {
  const { id, peer, host, path, route, startedAt, answeredAt, problem, bytesReceived, bytesSent } = exchange
  const query = path.indexOf('?')
  let line = `{"level":30,"time":"${time}","requestId":"${id}"`
  if (route !== null) line += `,"tenant":"${route.tenantId}"`
  line += `,"peer":"${peer}","host":${quoted(host)},"method":"${method}","path":${quoted(query < 0 ? path : path.slice(0, query))},"status":${status}`
  if (problem !== null) line += `,"problem":"${problem}"`
  if (cutBy !== null) line += `,"cutBy":"${cutBy}"`
  line += `,"bytesReceived":${bytesReceived},"bytesSent":${bytesSent},"durationMs":${round(durationMs)}`
  if (answeredAt > 0) line += `,"tenantMs":${round(answeredAt - startedAt)}`
  return `${line},"msg":"Request"}\n`
}

/** Whatever JSON must not have as it is, and what might mislead a terminal. */
const UNSAFE = /[^ !#-[\]-~]/

function quoted (text: string): string {
  return UNSAFE.test(text) ? JSON.stringify(text) : `"${text}"`
}

function round (ms: number): number {
  return Math.round(ms * 100) / 100
}
