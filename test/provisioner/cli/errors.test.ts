import t from 'tap'
import { isPassing, queryText, segment } from '../../../provisioner/cli/api.ts'
import { ApiError, CliError, problemText, UnreachableError } from '../../../provisioner/cli/errors.ts'
import { exitCodeOf } from '../../../provisioner/cli/exit-codes.ts'

t.test('an exit code for each kind of no', async t => {
  for (const [status, code] of [[400, 2], [413, 2], [415, 2], [422, 2], [401, 3], [403, 3], [404, 4], [410, 4], [409, 5], [412, 5], [408, 6], [429, 6], [502, 6], [503, 6], [504, 6], [500, 1]] as const) {
    t.equal(exitCodeOf(status), code, String(status))
  }
})

t.test('what a problem says', async t => {
  for (const [status, body, text] of [
    [404, { title: 'There is no such tenant', detail: 'There is no tenant "x".', code: 'tenant_not_found' }, 'There is no such tenant. There is no tenant "x".'],
    [422, { title: 'Values that are not allowed', detail: 'The body is not usable: /slug must be…', invalidParams: [{ pointer: '/slug', detail: 'must be short' }, { pointer: '', detail: 'is needed' }] },
      'Values that are not allowed\n  /slug must be short\n  the body is needed'],
    [500, { title: 'An unexpected error', instance: 'urn:uuid:1-2' }, 'An unexpected error\n  request 1-2'],
    [502, {}, 'The API answered 502 without saying why']
  ] as const) t.equal(problemText(status, { ...body, ...('invalidParams' in body ? { invalidParams: [...body.invalidParams] } : { invalidParams: [] }) }), text)
})

t.test('what is worth another try', async t => {
  for (const [err, passing] of [
    [new ApiError(503, {}), true],
    [new ApiError(409, { code: 'idempotency_in_progress' }), true],
    [new ApiError(409, { code: 'slug_taken' }), false],
    [new ApiError(500, {}), false],
    [new UnreachableError('reset', { cause: new Error('ECONNRESET') }), true],
    [new UnreachableError('did not answer within 30 seconds'), false],
    [new CliError(1, 'no'), false],
    [new TypeError('a bug'), false]
  ] as const) t.equal(isPassing(err), passing, err.message)
})

t.test('paths and queries', async t => {
  t.equal(segment('a/b?c'), 'a%2Fb%3Fc')
  for (const wrong of ['', '.', '..']) t.throws(() => segment(wrong), /is no name/)
  t.equal(queryText({ q: 'a&b', limit: 5, revoked: false, cursor: undefined }), '?q=a%26b&limit=5&revoked=false')
  t.equal(queryText({ cursor: undefined }), '')
})
