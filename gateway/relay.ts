import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import { responseHeaders, responseTrailers } from './forwarded-headers.ts'
import { keepForUnsentBody } from './request-body.ts'
import { toGatewayError } from './upstream-errors.ts'
import type { Place } from './upstreams.ts'

type Controller = Dispatcher.DispatchController

/**
 * Carries one tenant's response to its client: as it comes, with back-pressure, without a buffer of its own.
 *
 *   tenant fails before its head is out   an error response of ours
 *   tenant fails in the middle            the client's connection is cut: a short body must not look whole
 *   client goes away                      the request to the tenant is ended
 */
export class Relay implements Dispatcher.DispatchHandler {
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #response: ServerResponse
  readonly #place: Place
  readonly #onUpgrade: ((status: number, raw: readonly Buffer[], socket: Duplex) => void) | undefined
  #controller: Controller | undefined
  #clientGone = false
  #bodyBegun = false

  constructor (request: FastifyRequest, reply: FastifyReply, place: Place, onUpgrade?: (status: number, raw: readonly Buffer[], socket: Duplex) => void) {
    this.#request = request
    this.#reply = reply
    this.#response = reply.raw
    this.#place = place
    this.#onUpgrade = onUpgrade
    this.#response.on('close', this.#onClose)
  }

  onRequestStart (controller: Controller): void {
    this.#controller = controller
    if (this.#clientGone) this.#abort()
  }

  onRequestUpgrade (controller: Controller, status: number, _headers: IncomingHttpHeaders, socket: Duplex): void {
    this.#response.off('close', this.#onClose)
    this.#reply.hijack()
    this.#onUpgrade?.(status, controller.rawHeaders as Buffer[], socket)
  }

  onResponseStart (controller: Controller, status: number, _headers: IncomingHttpHeaders, statusText = ''): void {
    // Interim responses (RFC 9110 §15.2) are hints; the final one follows on the same controller.
    if (status < 200) return
    const { method, httpVersionMinor } = this.#request.raw
    const mayTrail = httpVersionMinor > 0 && method !== 'HEAD'
    this.#request.exchange.answeredAt = performance.now()
    keepForUnsentBody(this.#request.raw, this.#response)
    this.#response.writeHead(status, statusText, responseHeaders(controller.rawHeaders as Buffer[], status, mayTrail))
    this.#reply.hijack()
    // A head that came with the beginning of its body leaves with it, in one write; one that came alone leaves alone.
    process.nextTick(this.#flushHead)
  }

  onResponseData (controller: Controller, chunk: Buffer): void {
    this.#bodyBegun = true
    if (this.#response.write(chunk)) return
    controller.pause()
    this.#response.once('drain', () => { controller.resume() })
  }

  onResponseEnd (controller: Controller): void {
    const trailers = controller.rawTrailers as Buffer[]
    if (trailers.length > 0) this.#response.addTrailers(responseTrailers(trailers))
    this.#leave()
    this.#response.end()
  }

  onResponseError (_controller: Controller, cause: Error): void {
    this.#leave()
    if (this.#clientGone) return
    if (!this.#response.headersSent) {
      this.#reply.send(toGatewayError(cause))
      return
    }
    this.#request.exchange.cutByTenant = true
    this.#cut()
  }

  readonly #flushHead = (): void => {
    const { writableEnded, destroyed } = this.#response
    if (!this.#bodyBegun && !writableEnded && !destroyed) this.#response.flushHeaders()
  }

  readonly #onClose = (): void => {
    this.#clientGone = true
    this.#abort()
  }

  #abort (): void {
    // Before the request has a connection there is nothing to abort yet: onRequestStart comes back to it.
    this.#controller?.abort(new Error('The client went away'))
  }

  /** For HTTP/1.0 the end of the connection may be the end of the body: only a reset tells a cut from that. */
  #cut (): void {
    if (this.#request.raw.httpVersionMinor > 0) this.#response.destroy()
    else this.#response.socket?.resetAndDestroy()
  }

  #leave (): void {
    this.#response.off('close', this.#onClose)
    this.#place.leave()
  }
}
