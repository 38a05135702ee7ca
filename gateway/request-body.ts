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
    if (expectsContinue(this.#request)) this.#response.writeContinue()
  }

  override _destroy (err: Error | null, done: (err?: Error | null) => void): void {
    const request = this.#request
    request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose)
    // Without a listener its `aborted` error would end the process; a client may go while the rest is dropped.
    if (!this.#begun) request.on('error', this.#onError)
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

function expectsContinue ({ headers, httpVersionMinor }: IncomingMessage): boolean {
  return httpVersionMinor > 0 && headers.expect?.toLowerCase() === '100-continue'
}
