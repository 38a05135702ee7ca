import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { ProblemCode } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { plainAddress } from './trusted-proxies.ts'
import type { IsTrusted } from './trusted-proxies.ts'

/** What is known of the other end of a connection, and how far its requests are. */
export interface ClientConnection {
  readonly peer: string
  /** The peer is a proxy whose X-Forwarded-* count. */
  peerTrusted: boolean
  /** Who said so: another one after the trusted proxies have changed. */
  judge: IsTrusted
  /** The request that is being answered. */
  current: Exchange | null
  /** Requests that were sent before it was answered: they wait, so that none overtakes another (RFC 9112 §9.3.2). */
  readonly waiting: Array<() => void>
  /** The last one that was answered, when its body has not come whole yet. */
  unread: IncomingMessage | null
  /** It is being closed: what still comes is no request. */
  over: boolean
  /** Since when nothing is under way on it, as of performance.now(). */
  idleSince: number
  /** What came behind the requests is not HTTP: to be said when they are answered. */
  refusal: ProblemCode | null
}

const CONNECTIONS = new WeakMap<Socket, ClientConnection>()

/** `isTrusted` is asked once for a connection, and again when it is another than before. */
export function clientOf (socket: Socket, isTrusted: IsTrusted): ClientConnection {
  const known = CONNECTIONS.get(socket)
  if (known !== undefined) {
    if (known.judge !== isTrusted) {
      known.judge = isTrusted
      known.peerTrusted = isTrusted(known.peer)
    }
    return known
  }
  const peer = plainAddress(socket.remoteAddress ?? '')
  const client = { peer, peerTrusted: isTrusted(peer), judge: isTrusted, current: null, waiting: [], unread: null, over: false, idleSince: performance.now(), refusal: null }
  CONNECTIONS.set(socket, client)
  return client
}

export function knownClient (socket: Socket): ClientConnection | undefined {
  return CONNECTIONS.get(socket)
}
