import type { Failure, Tenant } from '../tenants/tenant.ts'

/** The failure that keeps the pass from trying, or null. */
export function standingFailure ({ failure, wanted }: Pick<Tenant, 'failure' | 'wanted'>, now: Date): Failure | null {
  if (wanted !== 'running' || failure === null) return null
  return failure.retryAt === null || Date.parse(failure.retryAt) > now.getTime() ? failure : null
}
