import t from 'tap'
import { fieldLines, fit, tableLines } from '../../../provisioner/cli/table.ts'
import type { Column } from '../../../provisioner/cli/table.ts'
import { pad, textWidth, truncate } from '../../../provisioner/cli/text-width.ts'

interface Row { slug: string, name: string, count: number }

const COLUMNS: ReadonlyArray<Column<Row>> = [
  { title: 'SLUG', text: ({ slug }) => slug, whole: true },
  { title: 'COUNT', text: ({ count }) => String(count), align: 'right' },
  { title: 'NAME', text: ({ name }) => name }
]
const ROWS: Row[] = [{ slug: 'acme', name: 'Acme Ltd', count: 5 }, { slug: 'a-rather-long-slug', name: '株式会社 of a very long name', count: 12345 }]

t.test('columns of text', async t => {
  for (const [text, width] of [['', 0], ['abc', 3], ['é', 1], ['e\u0301', 1], ['株式', 4], ['👩‍👩‍👧', 2], ['🇩🇪', 2], ['\u200b', 0], ['–…', 2], ['ﬀ', 1]] as const) {
    t.equal(textWidth(text), width, JSON.stringify(text))
  }
  for (const [text, width, cut] of [['abcdef', 6, 'abcdef'], ['abcdef', 5, 'abcd…'], ['株式会社', 5, '株式…'], ['株式会社', 6, '株式…'], ['ab', 1, '…'], ['ab', 0, '']] as const) {
    t.equal(truncate(text, width), cut)
  }
  t.equal(pad('株', 4), '株  ')
  t.equal(pad('7', 3, 'right'), '  7')
  t.equal(pad('longer', 3), 'longer')
})

t.test('who gives when there is not room for all', async t => {
  for (const [natural, whole, room, widths] of [
    [[10, 20], [false, false], 40, [10, 20]],
    [[10, 20], [false, false], 25, [10, 15]],
    [[20, 20], [false, false], 30, [15, 15]],
    [[20, 20], [true, false], 30, [20, 10]],
    [[20, 20], [true, false], 10, [20, 8]],
    [[4, 6], [false, false], 2, [4, 6]],
    [[], [], -2, []]
  ] as const) t.strictSame(fit(natural, whole, room), widths)
})

t.test('a table fits its terminal, and is whole in a pipe', async t => {
  t.strictSame(tableLines(COLUMNS, ROWS, null), [
    'SLUG                COUNT  NAME',
    'acme                    5  Acme Ltd',
    'a-rather-long-slug  12345  株式会社 of a very long name'
  ])
  const narrow = tableLines(COLUMNS, ROWS, 40)
  t.strictSame(narrow, [
    'SLUG                COUNT  NAME',
    'acme                    5  Acme Ltd',
    'a-rather-long-slug  12345  株式会社 of …'
  ])
  t.ok(narrow.every(line => textWidth(line) <= 40))
  t.strictSame(tableLines(COLUMNS, [], 40), ['SLUG  COUNT  NAME'])
})

t.test('what others wrote stays text, and on its line', async t => {
  const lines = tableLines(COLUMNS, [{ slug: 'x', name: 'a\u001b]0;title\u0007\nb\u202ec\u009b', count: 1 }], null)
  t.equal(lines.length, 2)
  t.match(lines[1], 'a␛]0;title␇ b\ufffdc\\x9b')
})

t.test('colour counts for nothing in the layout', async t => {
  const painted = [{ ...COLUMNS[0] as Column<Row>, paint: (shown: string) => `<${shown}>` }, ...COLUMNS.slice(1)]
  t.equal(tableLines(painted, ROWS, null)[1], '<acme              >      5  Acme Ltd')
})

t.test('fields', async t => {
  t.strictSame(fieldLines([['slug', 'acme'], ['left out', null], ['empty', ''], ['created', 'a\nb']]), ['slug     acme', 'created  a b'])
  t.strictSame(fieldLines([]), [])
})
