import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { newClient } from './tenant-sessions.ts'

/** Of max_locks_per_transaction × max_connections, 64,000 as deploy/postgres sets them. A migration of some thousand tables stays below it. */
export const MAX_LOCKS_OF_A_TENANT = 10_000
const CHECK_MS = 500
const RETRY_MS = 2000

/**
 * Until the signal, ends the sessions of a tenant that hold more locks than one tenant may. The lock table is one for all databases of
 * a server: whoever fills it (advisory locks have no limit of their own, and are in no transaction that a time-out could end) keeps
 * everybody out, the administrator included. So this connection stands all the time, and its query takes no lock that needs the table.
 * Never rejects.
 */
export async function guardLocks (server: Config['databaseServer'], log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const client = newClient(server, 'postgres')
    try {
      await client.connect()
      while (await delay(CHECK_MS, true, { signal }).catch(() => false)) {
        const { rows } = await client.query<{ role: string, locks: string }>(HOARDERS, [MAX_LOCKS_OF_A_TENANT])
        for (const { role, locks } of rows) log.warn({ role, locks: Number(locks) }, 'ended a session of a tenant that held too many locks')
      }
    } catch (err) {
      if (!signal.aborted) log.warn({ err }, 'locks of tenants could not be looked at')
      await delay(RETRY_MS, undefined, { signal }).catch(() => {})
    } finally {
      await client.end().catch(() => {})
    }
  }
}

// Who they are first, by all means: see tenant-sessions.ts.
const HOARDERS = `
  WITH held AS MATERIALIZED (
    SELECT pid, count(*) AS locks FROM pg_locks GROUP BY pid HAVING count(*) > 100
  ), hoarders AS MATERIALIZED (
    SELECT held.pid, who.usename AS role, held.locks, sum(held.locks) OVER (PARTITION BY who.usesysid) AS total
    FROM held JOIN pg_stat_activity who ON who.pid = held.pid
    WHERE who.usesysid IN (SELECT member FROM pg_auth_members WHERE roleid = 'berth_tenants'::regrole)
  )
  SELECT role, locks, pg_terminate_backend(pid) FROM hoarders WHERE total > $1`
