import t from 'tap'
import { verdictOf } from '../../../provisioner/rollouts/move-store.ts'

type UnderWay = Parameters<typeof verdictOf>[0]
const row = (change: Partial<UnderWay> = {}): UnderWay => ({ tenantId: 'tn_1', wanted: 'running', release: '2', from: '1', to: '2', failure: null, observed: true, settled: true, ...change })

const table: Array<[string, UnderWay, string, object | null]> = [
  ['it is there', row(), '2', { state: 'moved', putBack: false }],
  ['suspended, and it is wanted to be there', row({ wanted: 'suspended' }), '2', { state: 'moved', putBack: false }],
  ['nobody has looked yet', row({ observed: false, settled: false }), '2', null],
  ['nobody has looked yet, and what failed was before', row({ observed: false, failure: 'old' }), '2', null],
  ['something else was changed since', row({ settled: false }), '2', null],
  ['it failed', row({ failure: 'no such column' }), '2', { state: 'failed', message: 'no such column', putBack: true }],
  ['it is being deleted', row({ wanted: 'deleted', observed: false }), '2', { state: 'skipped', putBack: false }],
  ['somebody deployed another', row({ release: '9', observed: false }), '2', { state: 'skipped', message: /"9"/, putBack: false }],
  ['it is there, and the rollout leads elsewhere now', row(), '3', { state: 'waiting', putBack: false }],
  ['it failed, and the rollout leads elsewhere now', row({ failure: 'bad' }), '3', { state: 'waiting', putBack: true }]
]
for (const [name, seen, release, verdict] of table) {
  if (verdict === null) t.equal(verdictOf(seen, release), null, name)
  else t.match(verdictOf(seen, release), verdict, name)
}
