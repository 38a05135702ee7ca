import t from 'tap'
import { GatewayError } from '../../gateway/errors.ts'
import type { ProblemCode } from '../../gateway/errors.ts'
import { MalformedResponse } from '../../gateway/response-head.ts'
import { ClosedEarly } from '../../gateway/response-parser.ts'
import { WaitedTooLong } from '../../gateway/waits.ts'
import { isOfClient, toGatewayError } from '../../gateway/upstream-errors.ts'

const system = (code: string) => Object.assign(new Error(`connect ${code} 10.209.0.2:3000`), { code })

const CAUSES: ReadonlyArray<[cause: unknown, code: ProblemCode]> = [
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL']
    .map(code => [system(code), 'tenant_unreachable'] as [Error, ProblemCode]),
  [new ClosedEarly(), 'tenant_unreachable'],
  [system('ETIMEDOUT'), 'tenant_timeout'],
  [new WaitedTooLong('connect'), 'tenant_timeout'],
  [new WaitedTooLong('response'), 'tenant_timeout'],
  [new WaitedTooLong('body'), 'tenant_timeout'],
  [new WaitedTooLong('request'), 'request_timeout'],
  [new WaitedTooLong('client'), 'request_timeout'],
  [new MalformedResponse('bad'), 'tenant_bad_response'],
  ...['ERR_INVALID_CHAR', 'ERR_HTTP_INVALID_STATUS_CODE', 'ERR_INVALID_HTTP_TOKEN', 'ERR_HTTP_INVALID_HEADER_VALUE']
    .map(code => [system(code), 'tenant_bad_response'] as [Error, ProblemCode]),
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

t.test('who let everybody wait', async t => {
  t.strictSame((['connect', 'request', 'response', 'body', 'client'] as const).filter(wait => isOfClient(new WaitedTooLong(wait))), ['request', 'client'])
  t.notOk(isOfClient(system('ETIMEDOUT')))
})
