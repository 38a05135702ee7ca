import { Readable } from 'node:stream'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** True when a body follows the head of the request (RFC 9112 §6.3). */
export function hasBody ({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/**
 * The body of a client's request as undici may have it. undici destroys a body that it does not need to its end (the
 * tenant refuses, or answers early), and destroying an IncomingMessage would take the client's connection with it,
 * before the answer is out. This one lets go instead: the rest is read and dropped, so that a client that writes
 * everything before it reads still gets its answer.
 *
 * `Expect: 100-continue` is answered when the body is first asked for: the tenant is connected by then.
 */
export class RequestBody extends Readable {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  #begun = false

  constructor (request: IncomingMessage, response: ServerResponse) {
    super()
    this.#request = request
    this.#response = response
  }

  override _read (): void {
    if (this.#begun) {
      this.#request.resume()
      return
    }
    this.#begun = true
    this.#request.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose)
    if (!expectsContinue(this.#request)) return
    CONTINUED.add(this.#request)
    this.#response.writeContinue()
  }

  override _destroy (err: Error | null, done: (err?: Error | null) => void): void {
    const request = this.#request
    request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose)
    request.resume()
    done(err)
  }

  readonly #onData = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.#request.pause()
  }

  readonly #onEnd = (): void => {
    this.push(null)
  }

  readonly #onError = (err: Error): void => {
    this.destroy(err)
  }

  readonly #onClose = (): void => {
    if (!this.#request.complete) this.destroy(new Error('The client went away'))
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
