import type { Socket } from 'node:net'

/** Without a byte from the client; long enough for an answer to reach one far away. */
const IDLE_MS = 2000
const MOST_MS = 30_000
const CHECK_MS = 100
/** Of a flood each keeps what V8 knows of it alive, and up to a receive buffer in the kernel. */
const MAX_LINGERING = 32

/** In the order in which they were refused; true while what came is left in the kernel. */
const lingering = new Map<Socket, boolean>()

/**
 * Ends a connection of which nothing more can be parsed, and whose client may still be sending: this side at once, the other when
 * the client ends it, when nothing has come for two seconds, or after half a minute. A connection that is closed with bytes unread is
 * reset, and a reset takes away what the client has not read yet: the very answer that says why (RFC 9112 §9.6). What comes
 * meanwhile is dropped. At most 32 linger; beyond that the one that has done so for longest is closed.
 */
export function closeLingering (socket: Socket, lastBytes?: string): void {
  if (lingering.size >= MAX_LINGERING) closeLongest()
  lingering.set(socket, false)
  const endsAt = performance.now() + MOST_MS
  let seen = socket.bytesRead
  let idleAt = performance.now() + IDLE_MS
  const checking = setInterval(() => {
    const now = performance.now()
    if (socket.bytesRead !== seen) idleAt = now + IDLE_MS
    seen = socket.bytesRead
    if (now >= idleAt || now >= endsAt) socket.destroy()
    else if (lingering.get(socket) === true) {
      lingering.set(socket, false)
      socket.resume()
    }
  }, CHECK_MS).unref()
  socket.once('close', () => {
    clearInterval(checking)
    lingering.delete(socket)
  })
  if (lastBytes === undefined) socket.end()
  else socket.end(lastBytes)
}

/** Lets the answer that is being written on it be its last, and linger behind that. */
export function lingerAtEnd (socket: Socket): void {
  // What Node's HTTP server calls when an answer that closes the connection has been written.
  socket.destroySoon = () => { closeLingering(socket) }
}

/**
 * What else comes on it cannot be parsed, and to find that out costs more than to send it: it is read once in a tenth of a second, so
 * that the end of the connection is noticed. Returns false when the connection does not linger.
 */
export function readSeldom (socket: Socket): boolean {
  if (!lingering.has(socket)) return false
  lingering.set(socket, true)
  socket.pause()
  return true
}

/** The server stops: nobody is waited for. */
export function closeAllLingering (): void {
  for (const socket of lingering.keys()) socket.destroy()
}

function closeLongest (): void {
  const [longest] = lingering.keys()
  if (longest === undefined) return
  lingering.delete(longest)
  longest.destroy()
}
