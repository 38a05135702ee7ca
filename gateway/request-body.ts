import type { IncomingMessage, ServerResponse } from 'node:http'
import type { UpstreamConnection } from './upstream-connection.ts'

/** True when a body follows the head of the request (RFC 9112 §6.3). */
export function hasBody ({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/**
 * Passes the body of a client's request on to the tenant, as it comes and as fast as the tenant takes it.
 *
 * `Expect: 100-continue` is answered when the tenant has taken the connection. A body that the tenant does not want to
 * its end (it refuses, or answers early) is read on and dropped, so that a client that writes everything before it
 * reads still gets its answer.
 */
export class RequestBody {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #chunked: boolean
  #connection: UpstreamConnection | null = null
  /** Bytes passed on. */
  bytes = 0

  constructor (request: IncomingMessage, response: ServerResponse) {
    this.#request = request
    this.#response = response
    this.#chunked = request.headers['transfer-encoding'] !== undefined
  }

  begin (connection: UpstreamConnection): void {
    this.#connection = connection
    if (expectsContinue(this.#request)) {
      CONTINUED.add(this.#request)
      this.#response.writeContinue()
    }
    this.#request.on('data', this.#onData).on('end', this.#onEnd)
  }

  resume (): void {
    this.#request.resume()
  }

  /** Nobody wants the rest. */
  letGo (): void {
    if (this.#connection === null) return
    this.#connection = null
    this.#request.off('data', this.#onData).off('end', this.#onEnd).resume()
  }

  readonly #onData = (chunk: Buffer): void => {
    this.bytes += chunk.length
    if (this.#connection?.writeBody(chunk, this.#chunked) === false) this.#request.pause()
  }

  readonly #onEnd = (): void => {
    this.#connection?.endBody(this.#chunked)
    this.#connection = null
  }
}

/** Requests whose client has been told to send the body. */
const CONTINUED = new WeakSet<IncomingMessage>()

/**
 * Decides, before the head of a response goes out, what becomes of a connection on which the client has not sent its
 * whole body yet. Closing it would reset it under the client's hands, and often take the answer along (RFC 9112 §9.6):
 * it stays, and the rest is dropped. Only where the body was held back for a 100 that never came must it be closed,
 * because nobody can tell whether the body or the next request comes then (RFC 9110 §10.1.1).
 */
export function keepForUnsentBody (request: IncomingMessage, response: ServerResponse): void {
  if (!hasBody(request) || request.complete || request.httpVersionMinor === 0) return
  response.shouldKeepAlive = !expectsContinue(request) || CONTINUED.has(request)
}

function expectsContinue ({ headers, httpVersionMinor }: IncomingMessage): boolean {
  return httpVersionMinor > 0 && headers.expect?.toLowerCase() === '100-continue'
}
