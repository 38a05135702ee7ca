import { ServerResponse } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { responseHeaders } from './forwarded-headers.ts'
import type { ResponseHead } from './response-head.ts'
import { closeFrame, FrameBoundary, GOING_AWAY } from './websocket-frames.ts'

/** Only WebSockets are tunnelled: an `Upgrade: h2c` let through would hide later requests from the gateway. */
export function isWebSocket ({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}

const UPGRADES = new WeakSet<IncomingMessage>()

/** The request arrived as an upgrade: its socket is no longer Node's HTTP parser's. */
export function isUpgrade (request: IncomingMessage): boolean {
  return UPGRADES.has(request)
}

/**
 * Sends WebSocket handshakes down the same path as every other request: with a response of their own, so that whatever
 * refuses them (the gateway or the tenant) answers in plain HTTP, and the connection ends after it.
 */
export function acceptUpgrades (server: Server, route: (request: IncomingMessage, response: ServerResponse) => void): void {
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
    UPGRADES.add(request)
    route(request, response)
  })
}

const KEEP_ALIVE_MS = 30_000

/** The open tunnels. */
export class Tunnels {
  readonly #open = new Set<Tunnel>()

  get size (): number {
    return this.#open.size
  }

  /** Answers the client as the tenant did, then joins the two connections; `rest` is what came with the tenant's answer. */
  join (response: ServerResponse, tenant: Socket, head: ResponseHead, rest: Buffer): void {
    const client = response.socket
    if (client === null || client.destroyed) {
      tenant.destroy()
      return
    }
    response.statusCode = head.status
    client.write(switching(head.status, responseHeaders(head, false)), 'latin1')
    if (rest.length > 0) tenant.unshift(rest)
    const tunnel = new Tunnel(client, tenant)
    this.#open.add(tunnel)
    client.on('close', () => { this.#open.delete(tunnel) })
  }

  /** Tells the clients that the gateway goes away (1001); they close, and so do their tenants. */
  close (): void {
    for (const tunnel of this.#open) tunnel.close()
  }

  destroy (): void {
    for (const tunnel of this.#open) tunnel.destroy()
  }
}

class Tunnel {
  readonly #client: Socket
  readonly #tenant: Socket
  readonly #boundary = new FrameBoundary()
  #closing = false

  constructor (client: Socket, tenant: Socket) {
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
    // After `pipe`, so that a frame has been passed on before the place behind it is used.
    tenant.on('data', (chunk: Buffer) => {
      this.#boundary.push(chunk)
      if (this.#closing) this.#sayGoodbye()
    })
  }

  close (): void {
    if (this.#closing) return
    this.#closing = true
    this.#sayGoodbye()
  }

  destroy (): void {
    this.#client.destroy()
  }

  /** As soon as it does not cut a frame of the tenant in two. The client's own Close then goes to the tenant as usual. */
  #sayGoodbye (): void {
    if (!this.#boundary.reached || this.#client.writableEnded) return
    this.#tenant.unpipe(this.#client)
    // Nobody reads what the tenant still sends; it must not be held up by that before it sees the client's Close.
    this.#tenant.resume()
    this.#client.end(closeFrame(GOING_AWAY))
  }
}

function switching (status: number, headers: readonly string[]): string {
  let text = `HTTP/1.1 ${status} Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${text}\r\n`
}
