import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { knownClient } from './client-connection.ts'

const CHECK_MS = 1000

/** Closes connections on which nothing has been under way for `idleMs`, within a second or so. */
export function closeIdleConnections (server: Server, idleMs: number): void {
  /** And since when. */
  const sockets = new Map<Socket, number>()
  server.on('connection', (socket: Socket) => {
    sockets.set(socket, performance.now())
    socket.once('close', () => { sockets.delete(socket) })
  })
  const checking = setInterval(() => {
    const before = performance.now() - idleMs
    for (const [socket, openedAt] of sockets) {
      const client = knownClient(socket)
      const idle = client === undefined ? openedAt <= before : client.current === null && client.idleSince <= before
      if (idle) socket.destroy()
    }
  }, CHECK_MS).unref()
  server.on('close', () => { clearInterval(checking) })
}
