import type { Socket } from 'node:net'
import type { Outcome } from './circuit.ts'
import { GatewayError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { Fail } from './forward.ts'
import { requestHead, responseHeaders, responseTrailers } from './forwarded-headers.ts'
import { hasBody, keepForUnsentBody, RequestBody } from './request-body.ts'
import { MIN_PART_BYTES } from './part-buffers.ts'
import type { ResponseHead } from './response-head.ts'
import { isConnectTimeout, isOfClient, isUnreachable, toGatewayError } from './upstream-errors.ts'
import type { Caller, Upstream } from './upstream.ts'
import type { UpstreamConnection, UpstreamHandler } from './upstream-connection.ts'
import type { ActiveRoute } from './upstreams.ts'

/** The first part of a body up to this size is held until all that came with the head has been read, so that they leave in one write. */
const HOLD_BYTES = 16 * 1024

/** What waits for the client to read, before the tenant is read no further. */
const MAX_WAITING_BYTES = 192 * 1024

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
  readonly #exchange: Exchange & { route: ActiveRoute }
  readonly #upstream: Upstream
  readonly #fail: Fail
  readonly #body: RequestBody | null
  readonly #onUpgrade: OnUpgrade | null
  #connection: UpstreamConnection | null = null
  /** The circuit's, until it has been told what became of the request. */
  #admission: number | null = null
  /** The head and the beginning of the body, in latin1, until all that came with the head has been read. */
  #head: ResponseHead | null = null
  #held = ''
  /** Until the client has read what it was sent. */
  #paused = false
  #over = false

  constructor (exchange: Exchange & { route: ActiveRoute }, upstream: Upstream, fail: Fail, onUpgrade: OnUpgrade | null) {
    this.#exchange = exchange
    this.#upstream = upstream
    this.#fail = fail
    this.#body = hasBody(exchange.request) ? new RequestBody(exchange, upstream.limits.bodyBytes, this.#onTooLarge) : null
    this.#onUpgrade = onUpgrade
  }

  /** Asks for a connection. Throws tenant_busy and tenant_unavailable. */
  acquire (): void {
    this.#admission = this.#upstream.admit()
    try {
      this.#upstream.acquire(this)
    } catch (err) {
      this.#report('untold')
      throw err
    }
    this.#exchange.onClientGone = this.#onClientGone
  }

  /** Asks for a connection of its own, for a WebSocket. Throws tenant_busy and tenant_unavailable. */
  acquireTunnel (): void {
    this.#admission = this.#upstream.admit()
    try {
      const { connection, leave } = this.#upstream.openTunnel()
      this.#exchange.response.once('close', leave)
      this.onConnection(connection)
    } catch (err) {
      this.#report('untold')
      throw err
    }
  }

  onConnection (connection: UpstreamConnection): void {
    const { request } = this.#exchange
    const bodyFollows = this.#body !== null
    this.#exchange.onClientGone = this.#onClientGone
    this.#connection = connection
    connection.send(request.method as string, requestHead(request, this.#exchange, bodyFollows, this.#onUpgrade !== null), bodyFollows, this)
  }

  onRefused (cause: GatewayError): void {
    this.onError(cause)
  }

  onConnect (): void {
    this.#body?.begin(this.#connection as UpstreamConnection)
  }

  onDrain (): void {
    this.#body?.resume()
  }

  onHead (head: ResponseHead): void {
    this.#report('answered')
    // Interim responses (RFC 9110 §15.2) are hints; the final one follows.
    if (head.status < 200) return
    this.#exchange.answeredAt = performance.now()
    if (this.#body !== null) keepForUnsentBody(this.#exchange)
    // A head that came with the beginning of its body leaves with it, in one write; one that came alone leaves alone. What turns out
    // to be broken before that is an error response of ours.
    this.#head = head
  }

  onBody (bytes: Buffer, start: number, end: number): void {
    this.#exchange.bytesSent += end - start
    if (this.#head !== null && this.#held === '' && end - start <= HOLD_BYTES) {
      this.#held = bytes.toString('latin1', start, end)
      return
    }
    this.#sendHeld()
    this.#writePart(bytes, start, end)
  }

  onEnd (trailers: readonly string[]): void {
    const { response } = this.#exchange
    this.#leave()
    this.#writeHead()
    if (trailers.length > 0) response.addTrailers(responseTrailers(trailers))
    if (this.#held === '') response.end()
    else response.end(this.#held, 'latin1')
    // A client that does not read the rest must not stay for ever.
    const { socket } = response
    if (response.writableLength === 0 || socket === null) return
    socket.setTimeout(this.#upstream.clientTimeoutMs)
    response.once('finish', () => { socket.setTimeout(0) })
  }

  onUpgrade (head: ResponseHead, socket: Socket, rest: Buffer): void {
    this.#report('answered')
    this.#leave()
    this.#onUpgrade?.(head, socket, rest)
  }

  onError (cause: Error): void {
    this.#report(isUnreachable(cause) || isConnectTimeout(cause) ? 'failed' : 'untold')
    this.#leave()
    if (!this.#exchange.response.headersSent) {
      this.#exchange.bytesSent = 0
      this.#fail(this.#exchange, toGatewayError(cause))
      return
    }
    this.#exchange.cutByTenant = !isOfClient(cause) && !(cause instanceof GatewayError)
    this.#cut()
  }

  onPause (): void {
    if (this.#head === null) return
    if (this.#held !== '') return this.#sendHeld()
    this.#writeHead()
    this.#exchange.response.flushHeaders()
  }

  #writeHead (): void {
    const head = this.#head
    if (head === null) return
    this.#head = null
    const { request, response } = this.#exchange
    response.writeHead(head.status, head.reason, responseHeaders(head, request.httpVersionMinor > 0 && request.method !== 'HEAD'))
  }

  #sendHeld (): void {
    this.#writeHead()
    if (this.#held === '') return
    const held = this.#held
    this.#held = ''
    this.#write(held)
  }

  #writePart (bytes: Buffer, start: number, end: number): void {
    if (end - start <= MIN_PART_BYTES) return this.#write(Buffer.from(bytes.subarray(start, end)))
    const { parts } = this.#upstream
    const part = parts.copy(bytes, start, end)
    this.#write(part, () => { parts.give(part) })
  }

  #write (part: Buffer | string, onWritten?: () => void): void {
    const { response } = this.#exchange
    // Not what `write` returns: a read is larger than the socket's mark, so that would stop and start reading for each part.
    if (response.write(part, 'latin1', onWritten) || response.writableLength <= MAX_WAITING_BYTES) return
    this.#connection?.pause()
    if (this.#paused) return
    this.#paused = true
    response.once('drain', this.#onClientDrain)
  }

  readonly #onClientDrain = (): void => {
    this.#paused = false
    if (!this.#over) this.#connection?.resume()
  }

  readonly #onClientGone = (): void => {
    if (this.#over) return
    this.#report('untold')
    this.#leave()
    if (this.#connection === null) this.#upstream.cancel(this)
    else this.#connection.abort()
  }

  readonly #onTooLarge = (): void => {
    this.#connection?.abort()
    this.onError(new GatewayError('body_too_large'))
  }

  #report (outcome: Outcome): void {
    if (this.#admission === null) return
    this.#upstream.report(this.#admission, outcome)
    this.#admission = null
  }

  /** For HTTP/1.0 the end of the connection may be the end of the body: only a reset tells a cut from that. */
  #cut (): void {
    const { request, response } = this.#exchange
    if (request.httpVersionMinor > 0) response.destroy()
    else response.socket?.resetAndDestroy()
  }

  #leave (): void {
    this.#over = true
    this.#body?.letGo()
  }
}
