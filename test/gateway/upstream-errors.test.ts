import t from 'tap'
import { errors } from 'undici'
import { GatewayError } from '../../gateway/errors.ts'
import type { ProblemCode } from '../../gateway/errors.ts'
import { toGatewayError } from '../../gateway/upstream-errors.ts'

const system = (code: string) => Object.assign(new Error(`connect ${code} 10.209.0.2:3000`), { code })

const CAUSES: ReadonlyArray<[cause: unknown, code: ProblemCode]> = [
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL']
    .map(code => [system(code), 'tenant_unreachable'] as [Error, ProblemCode]),
  [new errors.SocketError('other side closed'), 'tenant_unreachable'],
  [new errors.ClientClosedError(), 'tenant_unreachable'],
  [new errors.ClientDestroyedError(), 'tenant_unreachable'],
  [system('ETIMEDOUT'), 'tenant_timeout'],
  [new errors.ConnectTimeoutError(), 'tenant_timeout'],
  [new errors.HeadersTimeoutError(), 'tenant_timeout'],
  [new errors.BodyTimeoutError(), 'tenant_timeout'],
  [new errors.HTTPParserError('bad'), 'tenant_bad_response'],
  [new errors.HeadersOverflowError(), 'tenant_bad_response'],
  [new errors.ResponseContentLengthMismatchError(), 'tenant_bad_response'],
  ...['ERR_INVALID_CHAR', 'ERR_HTTP_INVALID_STATUS_CODE', 'ERR_INVALID_HTTP_TOKEN', 'ERR_HTTP_INVALID_HEADER_VALUE']
    .map(code => [system(code), 'tenant_bad_response'] as [Error, ProblemCode]),
  [new errors.InvalidArgumentError('invalid x header'), 'bad_request'],
  [new errors.NotSupportedError('expect'), 'bad_request'],
  [new errors.RequestContentLengthMismatchError(), 'bad_request'],
  [system('ERR_SOMETHING_ELSE'), 'internal'],
  [new TypeError('oops'), 'internal'],
  [{ code: 1 }, 'internal'],
  ['a string', 'internal'],
  [null, 'internal']
]

t.test('every cause has its code, and stays in `cause`', async t => {
  for (const [cause, code] of CAUSES) {
    const error = toGatewayError(cause)
    t.match(error, { code, cause }, String(cause))
    t.notMatch(error.message, /10\.209/)
  }
})

t.test('a gateway error stays what it is', async t => {
  const error = new GatewayError('tenant_busy')
  t.equal(toGatewayError(error), error)
})
