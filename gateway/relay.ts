import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Exchange } from './exchange.ts'
import { requestHead, responseHeaders, responseTrailers } from './forwarded-headers.ts'
import { hasBody, keepForUnsentBody, RequestBody } from './request-body.ts'
import type { ResponseHead } from './response-head.ts'
import { isOfClient, toGatewayError } from './upstream-errors.ts'
import type { Caller, Upstream } from './upstream.ts'
import type { UpstreamConnection, UpstreamHandler } from './upstream-connection.ts'
import type { ActiveRoute } from './upstreams.ts'

/** The first part of a body up to this size is held until all that came with the head has been read, so that they leave in one write. */
const HOLD_BYTES = 16 * 1024

export type OnUpgrade = (head: ResponseHead, socket: Socket, rest: Buffer) => void

/**
 * Carries one request to the tenant and its response to the client: as they come, with back-pressure, without a buffer
 * of its own.
 *
 *   tenant fails before its head is out   an error response of ours
 *   tenant fails in the middle            the client's connection is cut: a short body must not look whole
 *   client goes away                      the request to the tenant is ended
 */
export class Relay implements Caller, UpstreamHandler {
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #response: ServerResponse
  readonly #exchange: Exchange & { route: ActiveRoute }
  readonly #upstream: Upstream
  readonly #body: RequestBody | null
  readonly #onUpgrade: OnUpgrade | null
  #connection: UpstreamConnection | null = null
  /** The beginning of the body, in latin1, until all that came with the head has been read. */
  #held = ''
  #holding = false
  #over = false

  constructor (request: FastifyRequest, reply: FastifyReply, upstream: Upstream, onUpgrade: OnUpgrade | null) {
    this.#request = request
    this.#reply = reply
    this.#response = reply.raw
    this.#exchange = request.exchange as Exchange & { route: ActiveRoute }
    this.#upstream = upstream
    this.#body = hasBody(request.raw) ? new RequestBody(request.raw, reply.raw) : null
    this.#onUpgrade = onUpgrade
    this.#response.on('close', this.#onClose)
  }

  onConnection (connection: UpstreamConnection): void {
    const { raw } = this.#request
    this.#connection = connection
    connection.send(raw.method as string, requestHead(raw, this.#exchange, this.#body !== null, this.#onUpgrade !== null), this.#body !== null, this)
  }

  onRefused (cause: Error): void {
    this.onError(cause)
  }

  onConnect (): void {
    this.#body?.begin(this.#connection as UpstreamConnection)
  }

  onDrain (): void {
    this.#body?.resume()
  }

  onHead (head: ResponseHead): void {
    const { status, reason } = head
    // Interim responses (RFC 9110 §15.2) are hints; the final one follows.
    if (status < 200) return
    const { raw } = this.#request
    this.#exchange.answeredAt = performance.now()
    if (this.#body !== null) keepForUnsentBody(raw, this.#response)
    this.#response.writeHead(status, reason, responseHeaders(head, raw.httpVersionMinor > 0 && raw.method !== 'HEAD'))
    this.#reply.hijack()
    // A head that came with the beginning of its body leaves with it, in one write; one that came alone leaves alone.
    this.#holding = true
  }

  onBody (bytes: Buffer, start: number, end: number): void {
    this.#exchange.bytesSent += end - start
    if (this.#holding && this.#held === '' && end - start <= HOLD_BYTES) {
      this.#held = bytes.toString('latin1', start, end)
      return
    }
    this.#sendHeld()
    this.#write(Buffer.from(bytes.subarray(start, end)))
  }

  onEnd (trailers: readonly string[]): void {
    this.#leave()
    if (trailers.length > 0) this.#response.addTrailers(responseTrailers(trailers))
    if (this.#held === '') this.#response.end()
    else this.#response.end(this.#held, 'latin1')
  }

  onUpgrade (head: ResponseHead, socket: Socket, rest: Buffer): void {
    this.#leave()
    this.#reply.hijack()
    this.#onUpgrade?.(head, socket, rest)
  }

  onError (cause: Error): void {
    this.#leave()
    if (!this.#response.headersSent) {
      this.#reply.send(toGatewayError(cause))
      return
    }
    this.#exchange.cutByTenant = !isOfClient(cause)
    this.#cut()
  }

  onPause (): void {
    if (!this.#holding) return
    this.#holding = false
    if (this.#held === '') this.#response.flushHeaders()
    else this.#sendHeld()
  }

  #sendHeld (): void {
    this.#holding = false
    if (this.#held === '') return
    const held = this.#held
    this.#held = ''
    this.#write(held)
  }

  #write (part: Buffer | string): void {
    if (this.#response.write(part, 'latin1')) return
    this.#connection?.pause()
    this.#response.once('drain', this.#onClientDrain)
  }

  readonly #onClientDrain = (): void => {
    if (!this.#over) this.#connection?.resume()
  }

  readonly #onClose = (): void => {
    if (this.#over) return
    this.#leave()
    if (this.#connection === null) this.#upstream.cancel(this)
    else this.#connection.abort()
  }

  /** For HTTP/1.0 the end of the connection may be the end of the body: only a reset tells a cut from that. */
  #cut (): void {
    if (this.#request.raw.httpVersionMinor > 0) this.#response.destroy()
    else this.#response.socket?.resetAndDestroy()
  }

  #leave (): void {
    this.#over = true
    this.#response.off('close', this.#onClose)
    if (this.#body === null) return
    this.#exchange.bytesReceived = this.#body.bytes
    this.#body.letGo()
  }
}
