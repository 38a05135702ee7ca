import t from 'tap'
import { unstorableText } from '../../../provisioner/api/unstorable-text.ts'

const HALF = String.fromCharCode(0xd83d)

for (const value of ['', 'a', '😀', null, undefined, 1, true, [], {}, { a: ['b', { c: 'd' }] }]) t.same(unstorableText(value), [], JSON.stringify(value))
for (const [value, pointer] of [
  ['a\0', ''],
  [HALF, ''],
  [{ a: { b: 'x\0' } }, '/a/b'],
  [{ 'a/b~c': 'x\0' }, '/a~1b~0c'],
  [['ok', 'x\0'], '/1'],
  [{ a: { [`k${HALF}`]: 'fine' } }, '/a']
] as const) t.match(unstorableText(value), [{ pointer }], JSON.stringify(value))
