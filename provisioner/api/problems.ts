import fp from 'fastify-plugin'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Problem } from '../errors.ts'
import type { ProblemCode } from '../errors.ts'
import { isAway } from './away.ts'
import { allowedMethods } from './route-table.ts'

const MEDIA_TYPE = 'application/problem+json'
const RETRY_AFTER_SECONDS = 2
/** What passes by itself. */
const PASSING = new Set<ProblemCode>(['unavailable', 'release_verifying', 'slug_being_freed', 'domain_being_freed'])

/** Every error leaves as an RFC 9457 problem; what its caller cannot act on is logged and says nothing of the inside. */
export const problems = fp(async app => {
  app.setErrorHandler<FastifyError>((err, request, reply) => {
    const problem = problemOf(err)
    if (problem.status >= 500) request.log.error({ err }, 'request failed')
    return sendProblem(problem, request, reply)
  })
  app.setNotFoundHandler((request, reply) => {
    const allowed = allowedMethods(app.routeTable, request.url.split('?', 1)[0] as string)
    if (allowed.length === 0) return sendProblem(new Problem('not_found', `There is no ${request.method} of this address; GET /openapi.json lists what there is.`), request, reply)
    reply.header('allow', allowed.join(', '))
    return sendProblem(new Problem('method_not_allowed', `This address takes ${allowed.join(', ')}.`), request, reply)
  })
}, { name: 'problems', dependencies: ['route-table'] })

/** The problem that an error is to the caller. */
export function problemOf (err: Error & { code?: unknown, statusCode?: number }): Problem {
  if (err instanceof Problem) return err
  if (isAway(err)) return new Problem('unavailable', 'The control database or the container engine cannot be reached now; try again soon.', { cause: err })
  const code = FRAMEWORK_CODES.get(String(err.code)) ?? (isRefusal(err) ? 'bad_request' : 'internal')
  return new Problem(code, DETAILS[code] ?? err.message, { cause: err })
}

const FRAMEWORK_CODES = new Map<string, ProblemCode>([
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupported_media_type'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'payload_too_large'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'not_found'],
  ['FST_ERR_BAD_URL', 'bad_request']
])

/** Whether the framework did not take the request. Other errors have a status too, the engine's for one. */
function isRefusal ({ code, statusCode = 500 }: { code?: unknown, statusCode?: number }): boolean {
  return String(code).startsWith('FST_') && statusCode < 500
}

const DETAILS: Partial<Record<ProblemCode, string>> = {
  unsupported_media_type: 'Send the body as JSON, with "Content-Type: application/json".',
  payload_too_large: 'Send at most 1 MiB.',
  not_found: 'Nothing has an address as long as this.',
  internal: 'Something went wrong inside; the log has it under the id of this request.'
}

function sendProblem (problem: Problem, { id }: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (PASSING.has(problem.code)) reply.header('retry-after', RETRY_AFTER_SECONDS)
  // A path that cannot be read is refused before any hook.
  reply.header('x-request-id', id)
  // A string: the answer of an error does not pass through the serializer of the route.
  return reply.code(problem.status).type(MEDIA_TYPE).send(JSON.stringify(problemBody(problem, `urn:uuid:${id}`)))
}

export function problemBody (problem: Problem, instance?: string) {
  return {
    type: `urn:berth:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    ...(instance === undefined ? {} : { instance }),
    ...(problem.invalidParams.length === 0 ? {} : { invalidParams: problem.invalidParams })
  }
}

/** Answers what is not HTTP, or did not come to its end in time, before it became a request. */
export function answerClientError (err: NodeJS.ErrnoException, socket: Socket): void {
  const response = (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage
  if (err.code === 'ECONNRESET' || !socket.writable || response?.headersSent === true) {
    socket.destroy()
    return
  }
  const body = JSON.stringify(problemBody(new Problem('bad_request', 'This is not an HTTP/1.1 request, is too long, or took too long.')))
  socket.end(`HTTP/1.1 400 Bad Request\r\nContent-Type: ${MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
}
