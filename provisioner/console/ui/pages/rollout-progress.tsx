import { MOVE_STATES } from '../api/shapes.ts'
import type { MoveState, Rollout } from '../api/shapes.ts'
import { Bar } from '../parts/meter.tsx'
import { MOVE_LOOKS } from '../words/status.ts'

type Counts = Rollout['counts']

/** In the order in which bars and lists have them. */
export const IN_ORDER: MoveState[] = ['moved', 'unchanged', 'returned', 'skipped', 'failed', 'stuck', 'moving', 'returning', 'waiting']
const OPEN: ReadonlySet<MoveState> = new Set(['waiting', 'moving', 'returning'])

export function totalOf (counts: Counts): number {
  return MOVE_STATES.reduce((sum, state) => sum + counts[state], 0)
}

export function doneOf (counts: Counts): number {
  return MOVE_STATES.reduce((sum, state) => sum + (OPEN.has(state) ? 0 : counts[state]), 0)
}

export function MovesBar ({ counts }: { counts: Counts }) {
  return <Bar label='Tenants' total={totalOf(counts)} parts={IN_ORDER.filter(state => state !== 'waiting').map(state => ({ name: MOVE_LOOKS[state].word, count: counts[state], tone: MOVE_LOOKS[state].tone }))} />
}
