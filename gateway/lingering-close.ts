import type { Socket } from 'node:net'

/** Without a byte from the client; long enough for an answer to reach one far away. */
const IDLE_MS = 2000
const MOST_CHECKS = 15
/** Of a flood each keeps what V8 knows of it alive, and up to a receive buffer in the kernel. */
const MAX_LINGERING = 32
/** Of what cannot be parsed, of up to 64 KiB each. */
const MAX_READS = 16

/** In the order in which they were refused, with how often they were read since. */
const lingering = new Map<Socket, number>()

/**
 * Ends a connection whose client may still be sending: this side at once, the other when the client ends it, when nothing has come
 * for two seconds, or after half a minute. A connection that is closed with bytes unread is reset, and a reset takes away what the
 * client has not read yet: the very answer that says why (RFC 9112 §9.6). What comes meanwhile is read and dropped. At most 32
 * linger; beyond that the one that has done so for longest is closed.
 */
export function closeLingering (socket: Socket, lastBytes?: string): void {
  if (lingering.size >= MAX_LINGERING) closeLongest()
  lingering.set(socket, 0)
  let seen = socket.bytesRead
  let checks = 0
  const checking = setInterval(() => {
    if (socket.bytesRead === seen || ++checks === MOST_CHECKS) socket.destroy()
    seen = socket.bytesRead
  }, IDLE_MS).unref()
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
 * More has come on it that cannot be parsed. Reading that costs more than sending it, so it is read a few times only: until then the end
 * of a client that has sent it all, and closes, is noticed. Returns false when the connection does not linger.
 */
export function dropMore (socket: Socket): boolean {
  const reads = lingering.get(socket)
  if (reads === undefined) return false
  lingering.set(socket, reads + 1)
  if (reads + 1 >= MAX_READS) socket.pause()
  return true
}

function closeLongest (): void {
  const [longest] = lingering.keys()
  if (longest === undefined) return
  lingering.delete(longest)
  longest.destroy()
}
