import t from 'tap'
import { decide } from '../../../provisioner/rollouts/advance-rollout.ts'
import type { Verdict } from '../../../provisioner/rollouts/advance-rollout.ts'
import { MOVE_STATES } from '../../../provisioner/rollouts/rollout.ts'
import type { Counts, Rollout } from '../../../provisioner/rollouts/rollout.ts'

const counts = (some: Partial<Counts>): Counts => ({ ...Object.fromEntries(MOVE_STATES.map(state => [state, 0])) as Counts, ...some })
const rollout = (some: Partial<Rollout> = {}) => ({ state: 'running', concurrency: 4, maxFailures: 1, onFailure: 'pause', ...some } as const)

const table: Array<[string, ReturnType<typeof rollout>, Partial<Counts>, Partial<Verdict>]> = [
  ['the first', rollout(), { waiting: 10 }, { kind: 'move', limit: 4 }],
  ['as many as there is room for', rollout(), { waiting: 10, moving: 3 }, { kind: 'move', limit: 1 }],
  ['no room', rollout(), { waiting: 10, moving: 4 }, { kind: 'wait' }],
  ['the last are under way', rollout(), { moving: 1, moved: 9 }, { kind: 'wait' }],
  ['one may fail', rollout(), { waiting: 5, failed: 1 }, { kind: 'move', limit: 4 }],
  ['a second may not', rollout(), { waiting: 5, moving: 2, failed: 2 }, { kind: 'turn', state: 'paused' }],
  ['or they go back', rollout({ onFailure: 'rollback' }), { waiting: 5, failed: 2 }, { kind: 'turn', state: 'rolling-back' }],
  ['the last failed', rollout({ maxFailures: 0 }), { moved: 5, failed: 1 }, { kind: 'turn', state: 'paused' }],
  ['all moved', rollout(), { moved: 9, unchanged: 1 }, { kind: 'end', state: 'done', reason: '' }],
  ['all moved but one', rollout(), { moved: 9, failed: 1 }, { kind: 'end', state: 'done' }],
  ['a wider gate than there are', rollout({ concurrency: 1 }), { waiting: 5, moving: 3 }, { kind: 'wait' }],
  ['paused', rollout({ state: 'paused' }), { waiting: 5, failed: 5 }, { kind: 'wait' }],
  ['going back waits for those under way', rollout({ state: 'rolling-back' }), { moved: 5, moving: 1 }, { kind: 'wait' }],
  ['going back', rollout({ state: 'rolling-back' }), { moved: 5, returning: 1 }, { kind: 'return', limit: 3 }],
  ['the last go back', rollout({ state: 'rolling-back' }), { returning: 1, returned: 4 }, { kind: 'wait' }],
  ['all are back', rollout({ state: 'rolling-back' }), { waiting: 3, returned: 4, failed: 2 }, { kind: 'end', state: 'rolled-back' }],
  ['aborting waits for those under way', rollout({ state: 'aborting' }), { waiting: 3, moving: 1 }, { kind: 'wait' }],
  ['aborted', rollout({ state: 'aborting' }), { waiting: 3, moved: 1 }, { kind: 'end', state: 'aborted' }]
]
for (const [name, state, some, verdict] of table) t.match(decide(state, counts(some)), verdict, name)
