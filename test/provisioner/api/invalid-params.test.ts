import t from 'tap'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { invalidParams } from '../../../provisioner/api/invalid-params.ts'

const schema = Type.Object({
  slug: Type.String({ pattern: '^[a-z]+$', description: 'some letters' }),
  told: Type.Optional(Type.String({ pattern: '^1\\.5$', description: 'a number such as 1.5. It is kept for a day.' })),
  plain: Type.Optional(Type.String({ pattern: '^x$' })),
  size: Type.Optional(Type.Integer({ minimum: 1, maximum: 3 })),
  level: Type.Optional(Type.Enum(['low', 'high'])),
  env: Type.Optional(Type.Union([Type.Record(Type.String({ pattern: '^[A-Z]+$' }), Type.Union([Type.String(), Type.Null()]), { additionalProperties: false }), Type.Null()])),
  either: Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()]))
}, { additionalProperties: false })
const validator = Compile(schema)

for (const [value, expected] of [
  [null, { '': 'must be object' }],
  [[], { '': 'must be object' }],
  [{}, { '/slug': 'is needed' }],
  [{ slug: 'A' }, { '/slug': 'must be some letters' }],
  [{ slug: 'a', told: 'y' }, { '/told': 'must be a number such as 1.5' }],
  [{ slug: 'a', plain: 'y' }, { '/plain': 'must match pattern "^x$"' }],
  [{ slug: 'a', 'b/c': 1 }, { '/b~1c': 'is not known here; remove it' }],
  [{ slug: 'a', size: 9, level: 'mid' }, { '/size': 'must be <= 3', '/level': 'must be one of low, high' }],
  [{ slug: 'a', size: '2' }, { '/size': 'must be integer' }],
  [{ slug: 'a', env: { a: 'x', B: 4 } }, { '/env/a': 'has a name that is not allowed: names match ^[A-Z]+$', '/env/B': 'must be string' }],
  [{ slug: 'a', env: 3 }, { '/env': 'must be object' }],
  [{ slug: 'a', either: 3 }, { '/either': 'must be array, or must be string' }]
] as const) {
  const said = invalidParams(schema, validator.Errors(value))
  t.same(Object.fromEntries(said.map(({ pointer, detail }) => [pointer, detail])), expected, JSON.stringify(value))
}

const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x${index}`, 1]))
t.ok(invalidParams(schema, validator.Errors(many)).length <= 16, 'a body that is wrong everywhere has a short answer')
