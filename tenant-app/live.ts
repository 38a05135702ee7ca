import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { WebSocket } from '@fastify/websocket'
import type { Database } from './database.ts'
import { followNotes } from './note-listener.ts'

const maxPages = 1_000
const maxBacklogBytes = 1024 * 1024
const heartbeatMs = 25_000
const closeGraceMs = 1_000
const closeCode = { restart: 1012, tryLater: 1013 } as const

// From here on the page misses nothing, so it reads the list once more.
const hello = JSON.stringify({ type: 'hello' })

/**
 * `/live` tells every open page of the tenant what was added or removed: `{type: 'hello'}`, `{type: 'added', note}`,
 * `{type: 'removed', id}`. The news comes from the database, so that it does not matter which of two instances a page
 * is connected to. A connection to the database is held only while a page is open: most tenants are idle most of the time.
 */
export async function live (app: FastifyInstance, { database }: { database: Database }): Promise<void> {
  const pages = new Map<WebSocket, { answered: boolean }>()
  let following: AbortController | null = null
  let listening = false

  app.get('/live', { websocket: true }, (socket) => {
    if (pages.size >= maxPages) return socket.close(closeCode.tryLater, 'too many open pages')
    pages.set(socket, { answered: true })
    socket.on('pong', () => pages.set(socket, { answered: true }))
    socket.on('close', () => {
      if (pages.delete(socket) && pages.size === 0) stop()
    })
    if (listening) socket.send(hello)
    following ??= follow()
  })

  const heartbeat = setInterval(checkPages, heartbeatMs)
  app.addHook('onClose', async () => {
    clearInterval(heartbeat)
    stop()
  })

  function follow (): AbortController {
    const controller = new AbortController()
    // Never rejects.
    followNotes(database, {
      onListening: () => {
        listening = true
        announce(hello)
      },
      onLost: () => { listening = false },
      onNotification: announce
    }, app.log, controller.signal)
    return controller
  }

  function stop (): void {
    following?.abort()
    following = null
    listening = false
  }

  function announce (message: string): void {
    for (const socket of pages.keys()) {
      // A page that does not read must not fill this process's memory; it reads the list again when it reconnects.
      if (socket.bufferedAmount > maxBacklogBytes) socket.terminate()
      else socket.send(message)
    }
  }

  function checkPages (): void {
    for (const [socket, page] of pages) {
      if (!page.answered) socket.terminate()
      page.answered = false
      socket.ping()
    }
  }
}

/** What ws reports of a connection, such as a message that is too long. It closes the connection itself. */
export function logFailure (error: Error, _socket: WebSocket, request: FastifyRequest): void {
  request.log.info({ err: error }, 'live connection failed')
}

/** preClose hook of @fastify/websocket: says "service restart" so that pages come back at once, and waits for nobody long. */
export function closePages (this: FastifyInstance, done: () => void): void {
  const { clients } = this.websocketServer
  for (const socket of clients) socket.close(closeCode.restart, 'service restart')
  setTimeout(() => {
    for (const socket of clients) socket.terminate()
  }, closeGraceMs).unref()
  this.websocketServer.close()
  done()
}
