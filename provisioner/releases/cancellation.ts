import type { PoolClient, Queryable } from '../database/pool.ts'
import { Problem } from '../errors.ts'
import type { Presence } from '../queue/presence.ts'
import { findRelease, lockReleases, releaseNotFound } from '../tenants/release-store.ts'
import type { Release } from '../tenants/tenant.ts'
import { appendReleaseEvent } from './release-event-store.ts'

/** A notification is a hint: the release is read this often without one. */
const LOOK_EVERY_MS = 1000

/**
 * Rejects a release that is being proven, or waits to be. From then on the proof that is under way, in whichever provisioner, writes
 * nothing more, is broken off, and removes what it made; that it is asked for again sees to it where it cannot. Returns the release as it was.
 * Throws release_not_found or release_not_verifying.
 */
export async function cancelProof (tx: PoolClient, version: string): Promise<Release> {
  await lockReleases(tx)
  const release = await findRelease(tx, version)
  if (release === null) throw releaseNotFound(version)
  if (release.state !== 'verifying') throw new Problem('release_not_verifying', `The release "${version}" is ${release.state} already: there is no proof of it to cancel.`)
  const message = 'Its proof was cancelled.'
  await tx.query("UPDATE releases SET state = 'rejected', reason = 'Cancelled', message = $2, since = now() WHERE id = $1", [release.id, message])
  await tx.query('UPDATE proofs SET due_at = now(), requests = requests + 1 WHERE release_id = $1', [release.id])
  await appendReleaseEvent(tx, release.id, { level: 'warning', reason: 'Cancelled', message })
  await tx.query("SELECT pg_notify('berth_work', ''), pg_notify('berth_settled', $1)", [release.id])
  return release
}

/** Whether nobody wants the proof of a release any more: it was cancelled, and may have made room for another of its version. */
export async function isCancelled (db: Queryable, releaseId: string): Promise<boolean> {
  const { rows } = await db.query("SELECT FROM releases WHERE id = $1 AND state <> 'rejected'", [releaseId])
  return rows.length === 0
}

/** Looks out for the cancellation of a proof: `signal` aborts soon after it. To be closed. */
export function watchForCancellation (db: Queryable, presence: Presence, releaseId: string): { signal: AbortSignal, close: () => void } {
  const cancelled = new AbortController()
  const look = (): void => {
    isCancelled(db, releaseId).then(gone => { if (gone) cancelled.abort() }, () => {})
  }
  const hear = (id: string): void => { if (id === releaseId || id === '') look() }
  presence.on('berth_settled', hear)
  const timer = setInterval(look, LOOK_EVERY_MS)
  return {
    signal: cancelled.signal,
    close () {
      presence.off('berth_settled', hear)
      clearInterval(timer)
    }
  }
}
