import { setTimeout as delay } from 'node:timers/promises'
import type { Queryable } from '../database/pool.ts'
import { rolloutNotices } from '../rollouts/notice-store.ts'
import { isTenantId } from '../tenants/names.ts'
import type { ReleaseState, Status } from '../tenants/tenant.ts'
import type { ApiOptions } from './api-options.ts'
import { InstallationNotices } from './installation-notices.ts'

const HEARTBEAT_MS = 15_000
const RECONNECT_MS = 2000
/** Many tenants change at once: what is told within this is looked up together. */
const GATHER_MS = 100
const MAX_NAMED = 2000

/**
 * Notices of what changed in the installation, as server-sent events (HTML standard, §9.2.6): `tenant`, `gone`, `release` and `rollout` say how one stands now, `resync` that everything may have
 * changed: at the beginning, when more happened than can be named, and after a gap in which nothing was heard. Of tenants in `only`; null: of all, and of releases and rollouts.
 */
export async function * streamInstallation (
  { pool, presence }: Pick<ApiOptions, 'pool' | 'presence'>, only: readonly string[] | null, signal: AbortSignal, heartbeatMs = HEARTBEAT_MS
): AsyncGenerator<string> {
  const notices = new InstallationNotices(presence, MAX_NAMED)
  try {
    // Only now: whoever reads everything after this misses nothing.
    yield `retry: ${RECONNECT_MS}\n\n${event('resync', {})}`
    while (!signal.aborted) {
      if (!await notices.wait(heartbeatMs, signal)) {
        yield ': still here\n\n'
        continue
      }
      await delay(GATHER_MS, undefined, { signal }).catch(() => {})
      const told = notices.take()
      const text = told === 'everything' ? event('resync', {}) : await describe(pool, only === null ? told.ids : told.ids.filter(id => only.includes(id)))
      if (text !== '') yield text
    }
  } finally {
    notices.close()
  }
}

interface TenantNotice { id: string, slug: string, status: Status, generation: number, observedGeneration: number }

async function describe (db: Queryable, ids: string[]): Promise<string> {
  const of = (prefix: string): string[] => ids.filter(id => id.startsWith(prefix))
  const tenants = ids.filter(isTenantId)
  const [found, releases, rollouts] = await Promise.all([
    tenants.length === 0 ? [] : tenantNotices(db, tenants), of('rl_').length === 0 ? [] : releaseNotices(db, of('rl_')), of('ro_').length === 0 ? [] : rolloutNotices(db, of('ro_'))
  ])
  const there = new Set(found.map(({ id }) => id))
  return [
    ...found.map(notice => event('tenant', notice)),
    ...tenants.filter(id => !there.has(id)).map(id => event('gone', { id })),
    ...releases.map(notice => event('release', notice)),
    ...rollouts.map(notice => event('rollout', notice))
  ].join('')
}

async function tenantNotices (db: Queryable, ids: string[]): Promise<TenantNotice[]> {
  const { rows } = await db.query<TenantNotice>(`
    SELECT id, slug, tenant_status(t) AS status, generation, observed_generation AS "observedGeneration" FROM tenants t WHERE id = ANY($1) ORDER BY position`, [ids])
  return rows
}

async function releaseNotices (db: Queryable, ids: string[]): Promise<Array<{ version: string, state: ReleaseState }>> {
  const { rows } = await db.query<{ version: string, state: ReleaseState }>('SELECT version, state FROM releases WHERE id = ANY($1) ORDER BY position', [ids])
  return rows
}

function event (name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
