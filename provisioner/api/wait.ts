import { findTenant } from '../tenants/tenant-store.ts'
import type { Tenant } from '../tenants/tenant.ts'
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
export async function awaitSettled (
  { pool, presence }: Pick<ApiOptions, 'pool' | 'presence'>, target: Target, waitSeconds: number, signal: AbortSignal
): Promise<Settling> {
  const deadline = performance.now() + waitSeconds * 1000
  const notices = new Notices(presence, ['berth_settled'], target.tenantId)
  try {
    for (;;) {
      const settling = settlingOf(await findTenant(pool, target.tenantId), target)
      const leftMs = deadline - performance.now()
      if (settling.kind !== 'pending' || leftMs <= 0 || signal.aborted) return settling
      await notices.next(Math.min(leftMs, LOOK_AGAIN_MS), signal)
    }
  } finally {
    notices.close()
  }
}
