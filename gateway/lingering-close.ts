import type { Socket } from 'node:net'

/** Long enough for an answer to reach a client far away. */
const LINGER_MS = 2000
/** Of a flood each keeps what V8 knows of it alive, and up to a receive buffer in the kernel. */
const MAX_LINGERING = 32

/** In the order in which they were refused. */
const lingering = new Set<Socket>()

/**
 * Ends a connection whose client may still be sending: this side at once, the other when the client ends it, or after two
 * seconds. A connection that is closed with bytes unread is reset, and a reset takes away what the client has not read yet:
 * the very answer that says why (RFC 9112 §9.6). At most 32 linger; beyond that the one that has waited longest is closed.
 */
export function closeLingering (socket: Socket, lastBytes?: string): void {
  if (lingering.size >= MAX_LINGERING) closeLongest()
  lingering.add(socket)
  const deadline = setTimeout(() => { socket.destroy() }, LINGER_MS).unref()
  socket.once('close', () => {
    clearTimeout(deadline)
    lingering.delete(socket)
  })
  if (lastBytes === undefined) socket.end()
  else socket.end(lastBytes)
}

export function lingers (socket: Socket): boolean {
  return lingering.has(socket)
}

function closeLongest (): void {
  const [longest] = lingering
  if (longest === undefined) return
  lingering.delete(longest)
  longest.destroy()
}

/** Lets the answer that is being written on it be its last, and linger behind that. What comes meanwhile is read and dropped. */
export function lingerAtEnd (socket: Socket): void {
  // What Node's HTTP server calls when an answer that closes the connection has been written.
  socket.destroySoon = () => { closeLingering(socket) }
}
