import t from 'tap'
import { problemBody, problemOf } from '../../../provisioner/api/problems.ts'
import { Problem } from '../../../provisioner/errors.ts'

const failed = (code: string, statusCode: number) => Object.assign(new Error('at /secret/path'), { code, statusCode })

for (const [err, code, status] of [
  [new Problem('slug_taken', 'x'), 'slug_taken', 409],
  [failed('FST_ERR_CTP_INVALID_MEDIA_TYPE', 415), 'unsupported_media_type', 415],
  [failed('FST_ERR_CTP_BODY_TOO_LARGE', 413), 'payload_too_large', 413],
  [failed('FST_ERR_CTP_INVALID_JSON_BODY', 400), 'bad_request', 400],
  [failed('FST_ERR_BAD_URL', 400), 'bad_request', 400],
  [failed('FST_ERR_MAX_PARAM_LENGTH', 414), 'not_found', 404],
  [failed('FST_ERR_SOMETHING', 500), 'internal', 500],
  [failed('ECONNREFUSED', 500), 'unavailable', 503],
  [failed('reason of the engine', 404), 'internal', 500],
  [new TypeError('x is not a function'), 'internal', 500]
] as const) {
  const problem = problemOf(err)
  t.same([problem.code, problem.status], [code, status], code)
  if (status >= 500) t.notMatch(problem.message, /secret|function/, 'nothing of the inside')
}

t.same(problemBody(new Problem('validation_failed', 'why', { invalidParams: [{ pointer: '/a', detail: 'b' }] }), 'urn:uuid:1'), {
  type: 'urn:berth:problem:validation_failed',
  title: 'The request has values that are not allowed',
  status: 422,
  code: 'validation_failed',
  detail: 'why',
  instance: 'urn:uuid:1',
  invalidParams: [{ pointer: '/a', detail: 'b' }]
})
t.notOk('invalidParams' in problemBody(new Problem('not_found', 'why')))
