import type { IncomingMessage } from 'node:http'
import type { Exchange } from './exchange.ts'
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
  readonly #exchange: Exchange
  readonly #request: IncomingMessage
  readonly #chunked: boolean
  readonly #maxBytes: number
  readonly #onTooLarge: () => void
  #connection: UpstreamConnection | null = null

  /** `onTooLarge` hears that a body of unknown length has become larger than `maxBytes`. */
  constructor (exchange: Exchange, maxBytes: number, onTooLarge: () => void) {
    this.#exchange = exchange
    this.#request = exchange.request
    this.#chunked = exchange.request.headers['transfer-encoding'] !== undefined
    this.#maxBytes = maxBytes
    this.#onTooLarge = onTooLarge
  }

  begin (connection: UpstreamConnection): void {
    this.#connection = connection
    if (expectsContinue(this.#request)) {
      this.#exchange.continued = true
      this.#exchange.response.writeContinue()
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
    this.#exchange.bytesReceived += chunk.length
    if (this.#exchange.bytesReceived > this.#maxBytes) this.#onTooLarge()
    else if (this.#connection?.writeBody(chunk, this.#chunked) === false) this.#request.pause()
  }

  readonly #onEnd = (): void => {
    this.#connection?.endBody(this.#chunked)
    this.#connection = null
  }
}

/**
 * Decides, before the head of a response goes out, what becomes of a connection on which the client has not sent its
 * whole body yet. Closing it would reset it under the client's hands, and often take the answer along (RFC 9112 §9.6):
 * it stays, and the rest is dropped. Only where the body was held back for a 100 that never came must it be closed,
 * because nobody can tell whether the body or the next request comes then (RFC 9110 §10.1.1). An answer of ours may close it all the same (errors.ts).
 */
export function keepForUnsentBody ({ request, response, upgrade, continued }: Exchange): void {
  if (upgrade || !hasBody(request) || request.complete || request.httpVersionMinor === 0) return
  response.shouldKeepAlive = !expectsContinue(request) || continued
}

function expectsContinue ({ headers, httpVersionMinor }: IncomingMessage): boolean {
  return httpVersionMinor > 0 && headers.expect?.toLowerCase() === '100-continue'
}
