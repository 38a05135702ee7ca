import { errors } from 'undici'
import { GatewayError } from './errors.ts'
import type { ProblemCode } from './errors.ts'

/**
 * What went wrong between the gateway and a tenant, from the error codes of undici and of the system; never from a
 * message, and never with the address, which stays in `cause`. The first predicate that holds decides.
 */
const CAUSES: ReadonlyArray<[(code: string) => boolean, ProblemCode]> = [
  [isUnforwardable, 'bad_request'],
  [isSilence, 'tenant_timeout'],
  [isNonsense, 'tenant_bad_response'],
  [isUnreachable, 'tenant_unreachable']
]

export function toGatewayError (cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause
  const code = codeOf(cause)
  const known = CAUSES.find(([holds]) => holds(code))
  return new GatewayError(known?.[1] ?? 'internal', { cause })
}

/** The request itself cannot be written as HTTP/1.1: a header, its path, or a body that is not as long as announced. */
function isUnforwardable (code: string): boolean {
  return code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED' || code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'
}

function isSilence (code: string): boolean {
  return code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' ||
    code === 'ETIMEDOUT'
}

/** The ERR_ codes are Node's, refusing to pass on what it would not write itself. */
function isNonsense (code: string): boolean {
  return code === PARSER_ERROR || code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' ||
    code === 'ERR_INVALID_CHAR' || code === 'ERR_HTTP_INVALID_STATUS_CODE' || code === 'ERR_INVALID_HTTP_TOKEN' ||
    code === 'ERR_HTTP_INVALID_HEADER_VALUE'
}

function isUnreachable (code: string): boolean {
  return code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'EHOSTDOWN' ||
    code === 'ENETDOWN' || code === 'ECONNRESET' || code === 'ECONNABORTED' || code === 'EPIPE' ||
    code === 'EADDRNOTAVAIL' || code === 'UND_ERR_SOCKET' || code === 'UND_ERR_CLOSED' || code === 'UND_ERR_DESTROYED'
}

/** undici means to give these the code of its parser, but leaves it out. */
const PARSER_ERROR = 'HTTPParserError'

function codeOf (cause: unknown): string {
  if (cause instanceof errors.HTTPParserError) return PARSER_ERROR
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return ''
  return typeof cause.code === 'string' ? cause.code : ''
}
