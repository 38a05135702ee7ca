import { GatewayError } from './errors.ts'
import type { ProblemCode } from './errors.ts'
import { MalformedResponse } from './response-head.ts'
import { WaitedTooLong } from './waits.ts'

/**
 * What went wrong between the gateway and a tenant, from the error codes of the system and of our own; never from a
 * message, and never with the address, which stays in `cause`. The first predicate that holds decides.
 */
const CAUSES: ReadonlyArray<[(cause: unknown) => boolean, ProblemCode]> = [
  [isOfClient, 'request_timeout'],
  [isSilence, 'tenant_timeout'],
  [isNonsense, 'tenant_bad_response'],
  [isUnreachable, 'tenant_unreachable']
]

export function toGatewayError (cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause
  const known = CAUSES.find(([holds]) => holds(cause))
  return new GatewayError(known?.[1] ?? 'internal', { cause })
}

/** It was the client who let everybody wait, not the tenant. */
export function isOfClient (cause: unknown): boolean {
  return cause instanceof WaitedTooLong && (cause.wait === 'request' || cause.wait === 'client')
}

export function isConnectTimeout (cause: unknown): boolean {
  return cause instanceof WaitedTooLong && cause.wait === 'connect'
}

function isSilence (cause: unknown): boolean {
  return cause instanceof WaitedTooLong || codeOf(cause) === 'ETIMEDOUT'
}

/** The ERR_ codes are Node's, refusing to pass on what it would not write itself. */
function isNonsense (cause: unknown): boolean {
  const code = codeOf(cause)
  return cause instanceof MalformedResponse ||
    code === 'ERR_INVALID_CHAR' || code === 'ERR_HTTP_INVALID_STATUS_CODE' || code === 'ERR_INVALID_HTTP_TOKEN' ||
    code === 'ERR_HTTP_INVALID_HEADER_VALUE'
}

/** It did not take the connection, or broke it. */
export function isUnreachable (cause: unknown): boolean {
  const code = codeOf(cause)
  return code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'EHOSTDOWN' ||
    code === 'ENETDOWN' || code === 'ECONNRESET' || code === 'ECONNABORTED' || code === 'EPIPE' || code === 'EADDRNOTAVAIL'
}

function codeOf (cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return ''
  return typeof cause.code === 'string' ? cause.code : ''
}
