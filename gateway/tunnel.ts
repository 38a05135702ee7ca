import { ServerResponse } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { responseHeaders } from './forwarded-headers.ts'

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
    if (head.length > 0) socket.unshift(head)
    const response = new ServerResponse(request)
    response.assignSocket(socket)
    response.shouldKeepAlive = false
    response.once('finish', () => { socket.destroySoon() })
    socket.on('drain', () => { response.emit('drain') })
    socket.on('error', () => { socket.destroy() })
    UPGRADES.add(request)
    route(request, response)
  })
}

const KEEP_ALIVE_MS = 30_000

/** The open tunnels. */
export class Tunnels {
  readonly #open = new Set<Socket>()

  get size (): number {
    return this.#open.size
  }

  /** Answers the client as the tenant did, then joins the two connections; `onClose` runs when both have ended. */
  join (response: ServerResponse, tenant: Duplex, status: number, raw: readonly Buffer[], onClose: () => void): void {
    const client = response.socket
    if (client === null || client.destroyed) {
      tenant.destroy()
      onClose()
      return
    }
    response.statusCode = status
    client.write(head(status, responseHeaders(raw, status, false)), 'latin1')
    this.#open.add(client)
    client.on('close', () => {
      this.#open.delete(client)
      tenant.destroy()
      onClose()
    })
    tenant.on('close', () => { client.destroySoon() })
    tenant.on('error', () => { client.destroy() })
    for (const socket of [client, tenant as Socket]) {
      socket.setNoDelay(true)
      // A peer that vanished without a word is noticed by TCP.
      socket.setKeepAlive(true, KEEP_ALIVE_MS)
    }
    client.pipe(tenant).pipe(client)
  }

  /** Ends every tunnel after what is written has been sent. */
  close (): void {
    for (const client of this.#open) client.destroySoon()
  }

  destroy (): void {
    for (const client of this.#open) client.destroy()
  }
}

function head (status: number, headers: readonly string[]): string {
  let text = `HTTP/1.1 ${status} Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${text}\r\n`
}
