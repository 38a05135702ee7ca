import { ServerResponse } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Exchange } from './exchange.ts'
import { responseHeaders } from './forwarded-headers.ts'
import type { ResponseHead } from './response-head.ts'
import type { Serve } from './request-path.ts'
import type { ActiveRoute } from './upstreams.ts'
import { closeFrame, FrameBoundary, GOING_AWAY, SERVICE_RESTART } from './websocket-frames.ts'

/** Only WebSockets are tunnelled: an `Upgrade: h2c` let through would hide later requests from the gateway. */
export function isWebSocket ({ method, headers, httpVersionMinor }: IncomingMessage): boolean {
  return method === 'GET' && httpVersionMinor > 0 && headers.upgrade?.toLowerCase() === 'websocket'
}

/**
 * Sends WebSocket handshakes down the same path as every other request: with a response of their own, so that whatever
 * refuses them (the gateway or the tenant) answers in plain HTTP, and the connection ends after it.
 */
export function acceptUpgrades (server: Server, serve: Serve): void {
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => { socket.destroy() })
    const response = new ServerResponse(request)
    try {
      response.assignSocket(socket)
    } catch {
      // Pipelined behind a request that is not answered yet: the connection cannot be both that answer's and a tunnel.
      socket.destroy()
      return
    }
    if (head.length > 0) socket.unshift(head)
    response.shouldKeepAlive = false
    response.once('finish', () => { socket.destroySoon() })
    socket.on('drain', () => { response.emit('drain') })
    serve(request, response, true)
  })
}

const KEEP_ALIVE_MS = 30_000

type Tunnelled = Exchange & { route: ActiveRoute }

/** The open tunnels, by the host that they were opened for. */
export class Tunnels {
  readonly #open = new Map<string, Set<Tunnel>>()
  readonly #graceMs: number
  #size = 0

  constructor (graceMs: number) {
    this.#graceMs = graceMs
  }

  get size (): number {
    return this.#size
  }

  /** Answers the client as the tenant did, then joins the two connections; `rest` is what came with the tenant's answer. */
  join (exchange: Tunnelled, tenant: Socket, head: ResponseHead, rest: Buffer): void {
    const { response, route, hostname } = exchange
    const client = response.socket
    if (client === null || client.destroyed) {
      tenant.destroy()
      return
    }
    response.statusCode = head.status
    client.write(switching(head.status, responseHeaders(head, false)), 'latin1')
    if (rest.length > 0) tenant.unshift(rest)
    const tunnel = new Tunnel(client, tenant, route.instance, exchange)
    const others = this.#open.get(hostname) ?? new Set()
    this.#open.set(hostname, others.add(tunnel))
    this.#size++
    client.on('close', () => {
      this.#size--
      others.delete(tunnel)
      if (others.size === 0) this.#open.delete(hostname)
    })
  }

  /**
   * The host leads to another instance, or nowhere: tunnels to the one before get a grace, then hear that they should
   * come again (1012). Those to `instance` stay.
   */
  moved (hostname: string, instance: string | null): void {
    for (const tunnel of this.#open.get(hostname) ?? []) {
      if (tunnel.instance !== instance) setTimeout(() => { tunnel.close(SERVICE_RESTART) }, this.#graceMs).unref()
    }
  }

  /** Tells the clients that the gateway goes away (1001); they close, and so do their tenants. */
  close (): void {
    for (const tunnel of this.#all()) tunnel.close(GOING_AWAY)
  }

  destroy (): void {
    for (const tunnel of this.#all()) tunnel.destroy()
  }

  * #all (): Generator<Tunnel> {
    for (const tunnels of this.#open.values()) yield * tunnels
  }
}

class Tunnel {
  readonly #client: Socket
  readonly #tenant: Socket
  readonly instance: string
  readonly #boundary = new FrameBoundary()
  /** The code to close with, once it is to be closed. */
  #closing: number | null = null

  constructor (client: Socket, tenant: Socket, instance: string, counts: Pick<Exchange, 'bytesReceived' | 'bytesSent'>) {
    this.instance = instance
    this.#client = client
    this.#tenant = tenant
    for (const socket of [client, tenant]) {
      socket.setNoDelay(true)
      // A peer that vanished without a word is noticed by TCP.
      socket.setKeepAlive(true, KEEP_ALIVE_MS)
    }
    client.on('close', () => { tenant.destroy() })
    tenant.on('close', () => { client.destroySoon() })
    tenant.on('error', () => { client.destroy() })
    client.pipe(tenant).pipe(client)
    client.on('data', (chunk: Buffer) => { counts.bytesReceived += chunk.length })
    // After `pipe`, so that a frame has been passed on before the place behind it is used.
    tenant.on('data', (chunk: Buffer) => {
      counts.bytesSent += chunk.length
      this.#boundary.push(chunk)
      if (this.#closing !== null) this.#sayGoodbye(this.#closing)
    })
  }

  close (code: number): void {
    if (this.#closing !== null) return
    this.#closing = code
    this.#sayGoodbye(code)
  }

  destroy (): void {
    this.#client.destroy()
  }

  /** As soon as it does not cut a frame of the tenant in two. The client's own Close then goes to the tenant as usual. */
  #sayGoodbye (code: number): void {
    if (!this.#boundary.reached || this.#client.writableEnded) return
    this.#tenant.unpipe(this.#client)
    // Nobody reads what the tenant still sends; it must not be held up by that before it sees the client's Close.
    this.#tenant.resume()
    this.#client.end(closeFrame(code))
  }
}

function switching (status: number, headers: readonly string[]): string {
  let text = `HTTP/1.1 ${status} Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${text}\r\n`
}
