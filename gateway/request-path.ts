import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { clientOf } from './client-connection.ts'
import type { ClientConnection } from './client-connection.ts'
import { GatewayError } from './errors.ts'
import { beginExchange } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import type { IsTrusted } from './trusted-proxies.ts'

/** One stage of a request's way. What it throws, or rejects with, is the end of the way. */
export type Stage = (exchange: Exchange) => void | Promise<void>

export interface RequestPath {
  /** As it is now; another one after the trusted proxies have changed. */
  readonly trust: { readonly isTrusted: IsTrusted }
  /** In their order; the last one answers. */
  readonly stages: readonly Stage[]
  readonly onBegin: (exchange: Exchange) => void
  readonly onFail: (exchange: Exchange, cause: unknown) => void
  /** It broke in its body, and cannot become whole. */
  readonly onBroken: (exchange: Exchange, cause: GatewayError) => void
  /** The connection is done with the exchange, one way or the other. */
  readonly onEnd: (exchange: Exchange) => void
  /** The last exchange before bytes that are no request has ended. */
  readonly onRefusal: (client: ClientConnection, socket: Socket) => void
}

export type Serve = (request: IncomingMessage, response: ServerResponse, upgrade?: boolean) => void

/** Requests that may wait on one connection. Clients that send ahead send a few; more than this is a flood, and is cut. */
const MAX_WAITING = 256

/**
 * Leads each request through the stages, one at a time on a connection. A plain list and plain calls: this is run for
 * every request, and Fastify's own way through hooks, router and reply costs as much as reading the request.
 */
export function requestPath (path: RequestPath): Serve {
  const { trust, stages, onBegin, onFail, onBroken, onEnd, onRefusal } = path

  function begin (client: ClientConnection, request: IncomingMessage, response: ServerResponse, upgrade: boolean): void {
    const exchange = beginExchange(request, response, client, upgrade)
    client.current = exchange
    onBegin(exchange)
    response.on('close', () => {
      client.current = null
      client.unread = request.complete ? null : request
      client.idleSince = performance.now()
      if (!response.writableFinished) exchange.onClientGone?.()
      onEnd(exchange)
      // After an answer that closes the connection nothing on it is a request any more (RFC 9112 §9.6).
      if (!response.shouldKeepAlive) {
        client.over = true
        client.waiting.length = 0
      }
      const next = client.waiting.shift()
      if (next !== undefined) next()
      else if (client.refusal !== null) onRefusal(client, request.socket)
    })
    const { refusal } = client
    if (refusal === null || client.waiting.length > 0 || request.complete) return advance(exchange, 0)
    // What came of it while it waited is all that will ever come.
    client.refusal = null
    onBroken(exchange, new GatewayError(refusal))
  }

  function advance (exchange: Exchange, from: number): void {
    try {
      for (let at = from; at < stages.length; at++) {
        const later = (stages[at] as Stage)(exchange)
        if (later === undefined) continue
        later.then(() => {
          // Nobody is left to answer when the client went meanwhile, or broke its request, so nobody is asked.
          if (!exchange.response.destroyed && !exchange.response.writableEnded) advance(exchange, at + 1)
        }).catch((err: unknown) => { onFail(exchange, err) })
        return
      }
    } catch (err) {
      onFail(exchange, err)
    }
  }

  return (request, response, upgrade = false) => {
    const client = clientOf(request.socket, trust.isTrusted)
    if (client.over) return
    if (client.current === null && client.waiting.length === 0) {
      begin(client, request, response, upgrade)
      return
    }
    client.waiting.push(() => {
      if (!request.socket.destroyed) begin(client, request, response, upgrade)
    })
    if (client.waiting.length <= MAX_WAITING) return
    client.over = true
    client.waiting.length = 0
    request.socket.destroy()
  }
}
