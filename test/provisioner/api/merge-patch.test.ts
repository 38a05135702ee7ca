import t from 'tap'
import { mergePatch } from '../../../provisioner/api/merge-patch.ts'

for (const [target, patch, expected] of [
  [{ a: 1 }, undefined, null],
  [{ a: 1 }, {}, null],
  [{ a: 1 }, { a: 1 }, null],
  [{ a: 1 }, { b: null }, null],
  [{}, null, null],
  [{ a: 1, b: 2 }, { b: undefined }, { a: 1 }],
  [{ a: 1 }, { a: 2 }, { a: 2 }],
  [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  [{ a: 1, b: 2 }, { a: null }, { b: 2 }],
  [{ a: 1, b: 2 }, { a: null, c: 3 }, { b: 2, c: 3 }],
  [{ a: 1, b: 2 }, null, {}],
  [{}, { toString: 1 }, { toString: 1 }]
] as Array<[Record<string, number>, Record<string, number | null> | null | undefined, Record<string, number> | null]>) {
  t.same(mergePatch(target, patch), expected, `${JSON.stringify(target)} + ${JSON.stringify(patch)}`)
}
