import t from 'tap'
import { waveBounds } from '../../../provisioner/rollouts/waves.ts'

const table: Array<[total: number, canary: number | string | null, waves: number, bounds: number[]]> = [
  [100, null, 1, []],
  [100, 1, 1, [1]],
  [100, '10%', 1, [10]],
  [100, '10%', 3, [10, 40, 70]],
  [10, null, 3, [4, 7]],
  [5, '1%', 1, [1]],
  [3, 5, 2, []],
  [3, '100%', 2, []],
  [2, null, 5, [1]],
  [0, 1, 3, []]
]
for (const [total, canary, waves, bounds] of table) t.strictSame(waveBounds(total, { canary, waves }), bounds, `${total} tenants, canary ${canary}, ${waves} waves`)
