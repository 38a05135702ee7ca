import t from 'tap'
import { parserErrorCode } from '../../gateway/parser-errors.ts'

t.test('what the parser refuses', async t => {
  const codes: Array<[string | undefined, string | null]> = [
    ['ECONNRESET', null], ['EPIPE', null], ['HPE_HEADER_OVERFLOW', 'headers_too_large'], ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
    ['HPE_INVALID_METHOD', 'bad_request'], [undefined, 'bad_request']
  ]
  for (const [code, answer] of codes) t.equal(parserErrorCode(Object.assign(new Error('x'), { code })), answer, String(code))
})
