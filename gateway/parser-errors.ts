import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { onRequestHookHandler } from 'fastify'
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
 * parser has lost its place in it. Returns the code of the answer, or null when none could be given.
 */
export function refuseUnparsable (err: NodeJS.ErrnoException, socket: Socket): ProblemCode | null {
  const code = parserErrorCode(err)
  if (code === null || !socket.writable || isAnswering(socket)) {
    socket.destroy()
    return null
  }
  const { status, headers, body } = errorResponse(code, undefined, randomUUID())
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' })
    .map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${PROBLEMS[code].title}\r\n${lines.join('')}\r\n${body}`, () => { socket.destroy() })
  return code
}

/** The latest response on each connection: another must not be written into it. */
const ANSWERS = new WeakMap<Socket, ServerResponse>()

export function noteAnswers (): onRequestHookHandler {
  return (request, reply, done) => {
    ANSWERS.set(request.raw.socket, reply.raw)
    done()
  }
}

function isAnswering (socket: Socket): boolean {
  const response = ANSWERS.get(socket)
  return response !== undefined && response.headersSent && !response.writableFinished
}
