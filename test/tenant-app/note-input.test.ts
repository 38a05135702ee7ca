import t from 'tap'
import { maxTextLength, readCursor, readId, readListQuery, readText } from '../../tenant-app/note-input.ts'

t.test('texts that are accepted', async t => {
  const cases: Array<[unknown, string]> = [
    ['hello', 'hello'],
    ['  hello\n', 'hello'],
    ['one\r\ntwo', 'one\ntwo'],
    ['<script>', '<script>'],
    ['x'.repeat(maxTextLength), 'x'.repeat(maxTextLength)],
    ['⚓️'.repeat(maxTextLength / 2), '⚓️'.repeat(maxTextLength / 2)],
    ['😀'.repeat(maxTextLength), '😀'.repeat(maxTextLength)]
  ]
  for (const [text, expected] of cases) t.equal(readText({ text }), expected)
})

t.test('texts that are refused', async t => {
  const cases: unknown[] = [
    undefined, null, 'hello', 7, [], {}, { text: null }, { text: 7 }, { text: ['a'] }, { text: '' }, { text: ' \n ' },
    { text: 'x'.repeat(maxTextLength + 1) }, { text: 'a\0b' }
  ]
  for (const body of cases) t.throws(() => readText(body), { name: 'AppError', code: 'invalid-input' }, JSON.stringify(body))
})

t.test('list queries', async t => {
  t.same(readListQuery({}), { limit: 50, before: null })
  t.same(readListQuery(undefined), { limit: 50, before: null })
  t.same(readListQuery({ limit: '100', cursor: '7' }), { limit: 100, before: 7 })
  for (const limit of ['0', '101', '-1', '1.5', 'ten', '', '0x1', ['1', '2']]) {
    t.throws(() => readListQuery({ limit }), { code: 'invalid-input' }, String(limit))
  }
  for (const cursor of ['', '0', 'abc', '1;drop', ['1', '2'], '99999999999999999999']) {
    t.throws(() => readCursor(cursor), { code: 'invalid-input' }, String(cursor))
  }
})

t.test('ids', async t => {
  t.equal(readId('1'), 1)
  t.equal(readId('9007199254740991'), Number.MAX_SAFE_INTEGER)
  for (const id of ['9007199254740992', '0', '01', '-1', 'abc', '', ' 1', '1 ', 1, undefined, null]) t.equal(readId(id), null, String(id))
})
