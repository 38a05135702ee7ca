import type { PoolClient } from '../database/pool.ts'
import { countMoves, currentWave } from './progress-store.ts'
import { begin, settleMoves, settleReturns } from './move-store.ts'
import type { Counts, Rollout } from './rollout.ts'
import { announce, endRollout, setState, tryLockRollout } from './rollout-store.ts'

/**
 * One look at one rollout: records what became of the tenants that are under way, decides whether it goes on, and begins with the next.
 * All of that is one transaction that has the rollout's row locked, and what it asks of a tenant is in it too. So of many who drive it
 * one does at a time, and one that is killed has done all of a look or nothing of it.
 */
export async function advanceRollout (tx: PoolClient, id: string): Promise<void> {
  const rollout = await tryLockRollout(tx, id)
  if (rollout === null) return
  const settled = await settleMoves(tx, rollout) + await settleReturns(tx, rollout)
  const counts = await countMoves(tx, id)
  const verdict = decide(rollout, counts)
  let begun = 0
  switch (verdict.kind) {
    case 'move': begun = await begin(tx, rollout, { states: ['waiting'], wave: await currentWave(tx, id), limit: verdict.limit }); break
    case 'return': begun = await begin(tx, rollout, { states: ['moved'], wave: null, limit: verdict.limit }); break
    case 'turn': await setState(tx, id, verdict.state, verdict.reason); break
    case 'end': await endRollout(tx, id, verdict.state, verdict.reason); break
    case 'wait': break
  }
  if (settled + begun > 0 || verdict.kind === 'turn' || verdict.kind === 'end') await announce(tx, id)
}

export type Verdict =
  | { kind: 'move' | 'return', limit: number }
  | { kind: 'turn', state: 'paused' | 'rolling-back', reason: string }
  | { kind: 'end', state: 'done' | 'aborted' | 'rolled-back', reason: string }
  | { kind: 'wait' }

/** What comes next, given how its tenants fare. Pure. */
export function decide ({ state, concurrency, maxFailures, onFailure }: Pick<Rollout, 'state' | 'concurrency' | 'maxFailures' | 'onFailure'>, counts: Counts): Verdict {
  const { waiting, moving, moved, failed, returning, returned, stuck } = counts
  switch (state) {
    case 'running':
      if (failed > maxFailures) {
        const reason = `${failed} failed, and ${maxFailures} may.`
        return { kind: 'turn', state: onFailure === 'pause' ? 'paused' : 'rolling-back', reason }
      }
      if (waiting + moving === 0) return { kind: 'end', state: 'done', reason: failed === 0 ? '' : `${failed} failed, and ${maxFailures} may.` }
      return waiting > 0 && moving < concurrency ? { kind: 'move', limit: concurrency - moving } : { kind: 'wait' }
    case 'rolling-back':
      // First it is known of all who began where they are.
      if (moving > 0) return { kind: 'wait' }
      if (moved > 0) return returning < concurrency ? { kind: 'return', limit: concurrency - returning } : { kind: 'wait' }
      if (returning > 0) return { kind: 'wait' }
      return { kind: 'end', state: 'rolled-back', reason: `${failed} failed, and ${maxFailures} may. ${returned} went back${stuck === 0 ? '' : `, ${stuck} could not`}.` }
    case 'aborting': return moving > 0 ? { kind: 'wait' } : { kind: 'end', state: 'aborted', reason: 'It was aborted.' }
    default: return { kind: 'wait' }
  }
}
