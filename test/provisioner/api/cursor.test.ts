import t from 'tap'
import { page, readCursor, readSortedCursor, writeCursor, writeSortedCursor } from '../../../provisioner/api/cursor.ts'

t.equal(readCursor('tenants', undefined), null, 'no cursor is the first page')
for (const position of [0, 1, 9_999_999_999]) t.equal(readCursor('tenants', writeCursor('tenants', position)), position)
t.equal(readCursor('events/tn_a:b', writeCursor('events/tn_a:b', 3)), 3, 'the name of a list may have a colon')

const text = (plain: string) => Buffer.from(plain).toString('base64url')
for (const [cursor, why] of [
  ['', 'nothing'],
  ['not base64url!', 'rubbish'],
  [writeCursor('releases', 5), 'of another list'],
  [writeCursor('events/tn_1', 5), 'of another tenant'],
  [text('tenants:'), 'without position'],
  [text('tenants:-1'), 'negative'],
  [text('tenants:1e3'), 'not plain digits'],
  [text('tenants:007'), 'not as it is written'],
  [text('tenants:9999999999999999'), 'too large'],
  [writeCursor('tenants', 5) + '=', 'padded']
] as const) t.throws(() => readCursor('tenants', cursor), { code: 'invalid_cursor' }, why)

t.same(page('tenants', ['a'], null), { items: ['a'], nextCursor: null })
t.same(page('tenants', ['a'], 7), { items: ['a'], nextCursor: writeCursor('tenants', 7) })

for (const place of [{ key: '', position: 0 }, { key: 'Böhm & "Söhne":', position: 12 }]) t.same(readSortedCursor('tenants/name', writeSortedCursor('tenants/name', place)), place)
t.equal(readSortedCursor('tenants/name', undefined), null)
for (const [cursor, why] of [
  ['', 'nothing'],
  ['x', 'rubbish'],
  [text('null'), 'no list'],
  [writeCursor('tenants', 5), 'of a list by position'],
  [writeSortedCursor('tenants/-name', { key: 'a', position: 5 }), 'of the other order'],
  [text('["tenants/name",1.5,"a"]'), 'no position'],
  [text('["tenants/name",1,2]'), 'a key that is no text'],
  [text('["tenants/name",1,"\\u0000"]'), 'a key that cannot be one'],
  [text('["tenants/name", 1, "a"]'), 'not as it is written']
] as const) t.throws(() => readSortedCursor('tenants/name', cursor), { code: 'invalid_cursor' }, why)
