import { progressOf } from '../rollouts/progress-store.ts'
import type { Rollout } from '../rollouts/rollout.ts'
import { findRollout } from '../rollouts/rollout-store.ts'
import type { ApiOptions } from './api-options.ts'
import { Notices } from './notices.ts'
import { rolloutBody } from './rollout-schemas.ts'

const HEARTBEAT_MS = 15_000
const RECONNECT_MS = 2000
/** A notification is a hint: who waits looks this often without one. */
const LOOK_AGAIN_MS = 1000

/**
 * How a rollout stands, and again whenever that changed, as server-sent events (HTML standard, §9.2.6), until it has ended or the signal aborts. Each
 * event says all, so that nobody needs those before it.
 */
export async function * streamRollout (
  { pool, presence }: Pick<ApiOptions, 'pool' | 'presence'>, id: string, signal: AbortSignal, heartbeatMs = HEARTBEAT_MS
): AsyncGenerator<string> {
  const notices = new Notices(presence, ['berth_rollouts'], id)
  try {
    yield `retry: ${RECONNECT_MS}\n\n`
    for (let said = ''; !signal.aborted;) {
      const rollout = await findRollout(pool, id)
      if (rollout === null) return
      const body = JSON.stringify(rolloutBody(rollout, await progressOf(pool, rollout)))
      if (body !== said) yield `event: progress\ndata: ${said = body}\n\n`
      if (rollout.endedAt !== null) {
        yield `event: ended\ndata: {"state":"${rollout.state}"}\n\n`
        return
      }
      if (!await notices.next(heartbeatMs, signal)) yield ': still here\n\n'
    }
  } finally {
    notices.close()
  }
}

/** Holds until nothing of a rollout is under way (it has ended, or is paused), the time is over, or the signal aborts. Returns whether it is so. */
export async function awaitRollout ({ pool, presence }: Pick<ApiOptions, 'pool' | 'presence'>, id: string, waitSeconds: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + waitSeconds * 1000
  const notices = new Notices(presence, ['berth_rollouts'], id)
  try {
    for (;;) {
      const rollout = await findRollout(pool, id)
      if (rollout === null || await isStill(pool, rollout)) return true
      const leftMs = deadline - performance.now()
      if (leftMs <= 0 || signal.aborted) return false
      await notices.next(Math.min(leftMs, LOOK_AGAIN_MS), signal)
    }
  } finally {
    notices.close()
  }
}

async function isStill (pool: ApiOptions['pool'], rollout: Rollout): Promise<boolean> {
  if (rollout.endedAt !== null) return true
  return rollout.state === 'paused' && (await progressOf(pool, rollout)).counts.moving === 0
}
