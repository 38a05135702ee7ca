import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { knownClient } from './client-connection.ts'
import { PROBLEMS } from './errors.ts'
import type { ProblemCode } from './errors.ts'
import { errorResponse } from './error-response.ts'

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

/**
 * Answers what never became a request, or broke in the middle of its body, and ends the connection: after an error the
 * parser has lost its place in it. What is wrong behind a request that is still being answered is said after that answer.
 */
export function refuse (code: ProblemCode | null, socket: Socket, onRefused: (code: ProblemCode) => void): void {
  const client = knownClient(socket)
  if (code === null || !socket.writable) {
    socket.destroy()
    return
  }
  const current = client?.current ?? null
  if (client !== undefined && current !== null) {
    if (client.refusal !== null) return
    client.refusal = code
    // Whole requests before it are answered; one that broke in its body never will be whole.
    if (current.request.complete || client.waiting.length > 0) return
    current.onClientGone?.()
    if (current.response.headersSent) {
      socket.destroy()
      return
    }
  }
  if (client !== undefined) client.refusal = null
  const { status, headers, body } = errorResponse(code, undefined, randomUUID())
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' })
    .map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${PROBLEMS[code].title}\r\n${lines.join('')}\r\n${body}`, () => { socket.destroy() })
  onRefused(code)
}
