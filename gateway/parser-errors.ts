import type { Socket } from 'node:net'
import { knownClient } from './client-connection.ts'
import { GatewayError, PROBLEMS } from './errors.ts'
import type { ProblemCode } from './errors.ts'
import { errorResponse } from './error-response.ts'
import type { Exchange } from './exchange.ts'
import { closeLingering, readSeldom } from './lingering-close.ts'
import { randomId } from './random-ids.ts'
import { plainAddress } from './trusted-proxies.ts'

/** What Node's parser refuses, to a code; null when nobody is left to be told. */
export function parserErrorCode (err: NodeJS.ErrnoException): ProblemCode | null {
  switch (err.code) {
    case 'ECONNRESET':
    case 'EPIPE': return null
    case 'HPE_HEADER_OVERFLOW': return 'headers_too_large'
    case 'ERR_HTTP_REQUEST_TIMEOUT': return 'request_timeout'
    default: return 'bad_request'
  }
}

/** What is used of the parser that Node's HTTP server gives each connection. */
interface Parser {
  readonly incoming: { readonly upgrade: boolean } | null
  getCurrentBuffer: () => Buffer
}

const NO_PACKET = Buffer.alloc(0)

/** Of a handshake it is what came behind, and wanted. */
function packetOfUpgrades (this: Parser): Buffer {
  if (this.incoming?.upgrade !== true) return NO_PACKET
  return (Object.getPrototypeOf(this) as Parser).getCurrentBuffer.call(this)
}

/**
 * Node attaches a copy of all that it has just read, up to 64 kB, to each error of the parser (`rawPacket`). Nobody looks at it, and in a
 * flood of what is refused it is a quarter of the cost, and most of what V8 has to collect.
 */
export function withoutPackets (socket: Socket): void {
  const parser = parserOf(socket)
  if (parser !== undefined) parser.getCurrentBuffer = packetOfUpgrades
}

/** Node takes it away after CONNECT. */
function parserOf (socket: Socket): Parser | undefined {
  return (socket as Socket & { parser?: Parser | null }).parser ?? undefined
}

/** What was answered without a request: under which ID, and to whom. */
export interface Refused {
  readonly code: ProblemCode
  readonly id: string
  readonly peer: string
}

export interface Refusals {
  /** A request that is being answered broke in its body. */
  readonly onBroken: (exchange: Exchange, cause: GatewayError) => void
  /** What never became a request has been answered. */
  readonly onRefused: (refused: Refused) => void
}

/**
 * Answers what never became a request, and ends the connection: after an error the parser has lost its place in it. What is wrong
 * behind a request that is still being answered is said after that answer; one that broke in its body has its own answer.
 */
export function refuse (code: ProblemCode | null, socket: Socket, { onBroken, onRefused }: Refusals): void {
  if (code === null || !socket.writable) {
    if (code === null || !readSeldom(socket)) socket.destroy()
    return
  }
  const client = knownClient(socket)
  if (client !== undefined && client.current !== null) {
    if (client.refusal !== null) return
    const { request, response } = client.current
    // Whole requests before it are answered; one that broke in its body never will be whole.
    if (request.complete || client.waiting.length > 0 || response.writableEnded) client.refusal = code
    // Broken off by a client that closes its side: it is gone.
    else if (socket.readableEnded) socket.destroy()
    else onBroken(client.current, new GatewayError(code))
    return
  }
  if (client?.unread?.complete === false) {
    // It has had its answer, and the client would take another one for that to its next request.
    closeLingering(socket)
    readSeldom(socket)
    return
  }
  const id = randomId()
  const { status, headers, body } = errorResponse(code, undefined, id)
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' })
    .map(([name, value]) => `${name}: ${value}\r\n`)
  const answer = `HTTP/1.1 ${status} ${PROBLEMS[code].title}\r\n${lines.join('')}\r\n${body}`
  if (parserOf(socket) === undefined) socket.end(answer, () => { socket.destroy() })
  else {
    closeLingering(socket, answer)
    readSeldom(socket)
  }
  onRefused({ code, id, peer: client?.peer ?? plainAddress(socket.remoteAddress ?? '') })
}
