import t from 'tap'
import { bounded, difference, MASK, masked } from '../../../provisioner/audit/audit-entry.ts'

t.test('of an environment the names are kept', async t => {
  t.same(masked({ slug: 'a', env: { KEY: 'secret', EMPTY: '' } }), { slug: 'a', env: { KEY: MASK, EMPTY: MASK } })
  t.same(masked({ slug: 'a' }), { slug: 'a' })
})

t.test('what differs', async t => {
  for (const [before, after, was, is] of [
    [{ a: 1 }, { a: 1 }, {}, {}],
    [{ a: 1, b: [1] }, { a: 2, b: [1] }, { a: 1 }, { a: 2 }],
    [{ b: [{ c: 1 }] }, { b: [{ c: 2 }] }, { b: [{ c: 1 }] }, { b: [{ c: 2 }] }],
    [{}, { a: null }, { a: undefined }, { a: null }],
    [{ env: { A: '1', B: '2', C: '3' } }, { env: { A: '1', B: 'x', D: '4' } }, { env: { B: MASK, C: MASK } }, { env: { B: MASK, D: MASK } }],
    [{ env: { A: '1' } }, { env: { A: '1' } }, {}, {}],
    [{ env: {} }, { env: { constructor: '1' } }, { env: {} }, { env: { constructor: MASK } }]
  ] as const) t.same(difference(before, after), { before: was, after: is }, JSON.stringify([before, after]))
})

t.test('what is very long is only said to be', async t => {
  t.equal(bounded(null), null)
  t.same(bounded({ a: 1 }), { a: 1 })
  t.match(bounded({ a: 'x'.repeat(70_000) }), { truncated: true, bytes: 70_008 })
})
