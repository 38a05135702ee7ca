import { findReleaseById } from '../tenants/release-store.ts'
import { findTenant } from '../tenants/tenant-store.ts'
import type { Release, Tenant } from '../tenants/tenant.ts'
import type { ApiOptions } from './api-options.ts'
import { Notices } from './notices.ts'

/** The longest that a request can be held, in seconds. */
export const MAX_WAIT_SECONDS = 120
/** A notification is a hint: the tenant is read this often without one. */
const LOOK_AGAIN_MS = 1000

/** What a request waits for: that the tenant settled for a generation, or (null) that it is gone. */
export interface Target { tenantId: string, generation: number | null }

export type Settling =
  | { kind: 'settled', tenant: Tenant }
  | { kind: 'pending', tenant: Tenant }
  | { kind: 'gone' }

/** Whether a tenant is what a target asks for. Failed counts: it is known how it ended. */
export function settlingOf (tenant: Tenant | null, { generation }: Target): Settling {
  if (tenant === null) return { kind: 'gone' }
  const settled = generation !== null && tenant.observedGeneration >= generation
  return { kind: settled ? 'settled' : 'pending', tenant }
}

/** Holds until the tenant settled, the time is over, or the signal aborts, and returns how it is then. */
export async function awaitSettled (options: Waiting, target: Target, waitSeconds: number, signal: AbortSignal): Promise<Settling> {
  const look = async (): Promise<Settling> => settlingOf(await findTenant(options.pool, target.tenantId), target)
  return await hold(options, target.tenantId, look, ({ kind }) => kind !== 'pending', waitSeconds, signal)
}

/** The same until a release is proven; null when there is no such release any more. */
export async function awaitProven (options: Waiting, releaseId: string, waitSeconds: number, signal: AbortSignal): Promise<Release | null> {
  return await hold(options, releaseId, async () => await findReleaseById(options.pool, releaseId), release => release?.state !== 'verifying', waitSeconds, signal)
}

type Waiting = Pick<ApiOptions, 'pool' | 'presence'>

async function hold<T> (
  { presence }: Waiting, id: string, look: () => Promise<T>, isOver: (found: T) => boolean, waitSeconds: number, signal: AbortSignal
): Promise<T> {
  const deadline = performance.now() + waitSeconds * 1000
  const notices = new Notices(presence, ['berth_settled'], id)
  try {
    for (;;) {
      const found = await look()
      const leftMs = deadline - performance.now()
      if (isOver(found) || leftMs <= 0 || signal.aborted) return found
      await notices.next(Math.min(leftMs, LOOK_AGAIN_MS), signal)
    }
  } finally {
    notices.close()
  }
}
