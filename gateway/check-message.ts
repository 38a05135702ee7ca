import { METHODS } from 'node:http'
import { GatewayError } from './errors.ts'
import type { Exchange } from './exchange.ts'

const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS)
/** As far as a JavaScript number is exact. */
const CONTENT_LENGTH = /^[0-9]{1,15}$/

/**
 * Refuses what Node's parser lets through and a tenant's parser might read differently: the framing of a request must
 * have one meaning only. Throws bad_request (RFC 9112 §6), not_implemented (§6.1), version_not_supported, expectation_failed (RFC 9110 §10.1.1).
 */
export function checkMessage ({ request, upgrade, path }: Exchange): void {
  const { headers } = request
  const coding = headers['transfer-encoding']
  const length = headers['content-length']
  if (request.httpVersionMajor !== 1) throw new GatewayError('version_not_supported')
  if (!KNOWN_METHODS.has(request.method as string)) throw new GatewayError('not_implemented')
  if (coding !== undefined) {
    if (request.httpVersionMinor === 0) throw new GatewayError('bad_request')
    // The parser has taken it for chunked at the end of a list: what else is in the list nobody takes off again.
    if (coding.toLowerCase() !== 'chunked') throw new GatewayError('not_implemented')
  }
  if (length !== undefined && !CONTENT_LENGTH.test(length)) throw new GatewayError('bad_request')
  if (headers.expect !== undefined && request.httpVersionMinor > 0 && headers.expect.toLowerCase() !== '100-continue') {
    throw new GatewayError('expectation_failed')
  }
  if (path.includes('#')) throw new GatewayError('bad_request')
  // What follows the head of a handshake belongs to the tunnel; a body would be taken for that by one side only.
  if (upgrade && (coding !== undefined || (length !== undefined && length !== '0'))) throw new GatewayError('bad_request')
}
