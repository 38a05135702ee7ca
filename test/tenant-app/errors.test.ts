import t from 'tap'
import { AppError, toProblem } from '../../tenant-app/errors.ts'

const withStatus = (status: unknown) => Object.assign(new Error('details'), { statusCode: status })

t.test('what a client is told', async t => {
  const cases: Array<[unknown, number, string, RegExp]> = [
    [new AppError('invalid-input', 'too long'), 422, 'invalid-input', /^too long$/],
    [new AppError('not-found'), 404, 'not-found', /nothing at this address/],
    [new AppError('database-unavailable', undefined, { cause: new Error('10.0.0.1') }), 503, 'database-unavailable', /^The database does not answer/],
    [withStatus(400), 400, 'malformed-request', /^details$/],
    [withStatus(413), 413, 'too-large', /larger/],
    [withStatus(415), 415, 'unsupported-media-type', /json/],
    [withStatus(500), 500, 'internal', /^The request failed/],
    [withStatus('400'), 500, 'internal', /^The request failed/],
    [new Error('secret'), 500, 'internal', /^The request failed/],
    ['secret', 500, 'internal', /^The request failed/]
  ]
  for (const [error, status, code, detail] of cases) t.match(toProblem(error), { type: 'about:blank', status, code, detail })
})
