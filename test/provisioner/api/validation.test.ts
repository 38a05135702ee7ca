import t from 'tap'
import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { compileValidator, readQuery } from '../../../provisioner/api/validation.ts'
import { WaitQuery } from '../../../provisioner/api/schemas.ts'
import type { Problem } from '../../../provisioner/errors.ts'

const Query = Type.Object({ n: Type.Integer(), yes: Type.Boolean(), text: Type.String() })

t.test('the numbers and booleans of a query have one way to be written', async t => {
  for (const [query, expected] of [
    [{ n: '0', yes: 'true', text: '1' }, { n: 0, yes: true, text: '1' }],
    [{ n: '12', yes: 'false' }, { n: 12, yes: false }],
    [{ n: '' }, { n: '' }],
    [{ n: '012' }, { n: '012' }],
    [{ n: '1e3' }, { n: '1e3' }],
    [{ n: '0x10' }, { n: '0x10' }],
    [{ n: ' 1' }, { n: ' 1' }],
    [{ n: '1.0' }, { n: '1.0' }],
    [{ n: '9999999999999999' }, { n: '9999999999999999' }],
    [{ n: ['1', '2'] }, { n: ['1', '2'] }],
    [{ yes: 'yes' }, { yes: 'yes' }],
    [{ other: '1' }, { other: '1' }],
    [{ toString: '1' }, { toString: '1' }]
  ] as const) t.same(readQuery(Query, query), expected, JSON.stringify(query))
  t.same(readQuery(Type.Unknown(), { n: '1' }), { n: '1' })
})

function check (schema: TSchema, httpPart: string, data: unknown) {
  return compileValidator({ schema, httpPart, method: 'POST', url: '/' })(data) as { value?: unknown, error?: Problem }
}

t.test('wait', async t => {
  for (const [wait, expected] of [['0', 0], ['1', 1], ['120', 120]] as const) t.same(check(WaitQuery, 'querystring', { wait }).value, { wait: expected })
  t.same(check(WaitQuery, 'querystring', {}).value, {})
  for (const wait of ['121', '-1', '1.5', '', 'a', '1s', '1e1', ['1', '2']]) t.equal(check(WaitQuery, 'querystring', { wait }).error?.code, 'invalid_wait', JSON.stringify(wait))
})

t.test('each part of a request has its code', async t => {
  for (const [part, data, code] of [
    ['body', {}, 'validation_failed'],
    [undefined, {}, 'validation_failed'],
    ['querystring', { text: 1 }, 'validation_failed'],
    ['params', {}, 'not_found'],
    ['headers', {}, 'bad_request']
  ] as const) t.equal(check(Query, part as string, data).error?.code, code, String(part))
  const body = check(Query, 'body', { n: 1, yes: 'true', text: 'a\0' }).error
  t.same(body?.invalidParams, [{ pointer: '/yes', detail: 'must be boolean' }])
  t.equal(check(Query, 'body', { n: 1, yes: true, text: 'a\0' }).error?.invalidParams[0]?.pointer, '/text')
  t.match(check(Query, 'body', null).error?.message, 'the body must be object')
})
