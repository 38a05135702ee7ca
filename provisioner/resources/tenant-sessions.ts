import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'

/**
 * What a tenant could have set for everybody who connects to its database (ALTER DATABASE … SET), and what would change or end a
 * session there. What comes with the connection itself has precedence (PostgreSQL 17, §19.1.3).
 */
const PINNED: Record<string, string> = {
  search_path: 'pg_catalog',
  role: 'none',
  default_transaction_read_only: 'off',
  default_transaction_isolation: 'read\\ committed',
  default_transaction_deferrable: 'off',
  default_tablespace: '',
  default_table_access_method: 'heap',
  local_preload_libraries: '',
  row_security: 'on',
  synchronous_commit: 'on',
  statement_timeout: '60s',
  transaction_timeout: '0',
  lock_timeout: '20s',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  tcp_user_timeout: '0',
  client_connection_check_interval: '0'
}
const CONNECT_TIMEOUT_MS = 20_000

/** How long a tenant's transaction may keep the administrator waiting before it is ended, and how often that is looked for. */
const PATIENCE_MS = 1000

/**
 * Runs statements of the administrator that tenants can have to do with, in a session that their settings do not reach. What they
 * hold a lock on is their own affair, but no way to keep a database or a role from being changed or removed: whoever of them
 * keeps the administrator waiting is ended. Each statement is a transaction. Throws when one has not come to its end within a minute.
 */
export async function asAdministrator (server: Config['databaseServer'], database: string, log: Logger, statements: string[]): Promise<void> {
  await inTenantDatabase(server, database, log, async ask => { for (const statement of statements) await ask(statement) })
}

export type Ask = <Row extends object>(statement: string, values?: unknown[]) => Promise<Row[]>

/** The same where the next statement depends on what the one before found. */
export async function inTenantDatabase<T> (server: Config['databaseServer'], database: string, log: Logger, work: (ask: Ask) => Promise<T>): Promise<T> {
  const client = newClient(server, database)
  const done = new AbortController()
  const guard = endBlockers(server, log, done.signal)
  try {
    await client.connect()
    return await work(async <Row extends object>(statement: string, values?: unknown[]) => (await client.query<Row>(statement, values)).rows)
  } finally {
    done.abort()
    await Promise.all([guard, client.end().catch(() => {})])
  }
}

/** A session of the administrator with every setting pinned; connects when it is told to. */
export function newClient ({ host, port, user, password }: Config['databaseServer'], database: string): pg.Client {
  const options = Object.entries({ ...PINNED, session_authorization: user }).map(([name, value]) => `-c ${name}=${value}`).join(' ')
  const client = new pg.Client({
    host, port, user, password, database, options, application_name: 'berth-provisioner', connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true
  })
  client.on('error', () => {})
  return client
}

/**
 * Until the signal, ends the sessions of tenants that somebody who is none waits for: also one that has not come so far as to
 * be known, since a lock on a catalogue stops it while it connects. Never rejects: what waits has an end of its own.
 */
async function endBlockers (server: Config['databaseServer'], log: Logger, signal: AbortSignal): Promise<void> {
  while (await delay(PATIENCE_MS, true, { signal }).catch(() => false)) {
    const watch = newClient(server, 'postgres')
    try {
      await watch.connect()
      const { rows } = await watch.query<{ role: string }>(BLOCKERS, [PATIENCE_MS])
      for (const { role } of rows) log.warn({ role }, 'ended a session of a tenant that kept the administrator waiting')
    } catch (err) {
      log.warn({ err }, 'sessions that keep the administrator waiting could not be ended')
    } finally {
      await watch.end().catch(() => {})
    }
  }
}

// The conditions first, by all means: in one WHERE with them, pg_terminate_backend would be asked for everybody.
const BLOCKERS = `
  WITH blockers AS MATERIALIZED (
    SELECT pid, usename AS role FROM pg_stat_activity
    WHERE usesysid IN (SELECT member FROM pg_auth_members WHERE roleid = 'berth_tenants'::regrole)
      AND pid IN (
        SELECT unnest(pg_blocking_pids(waiting.pid)) FROM pg_locks waiting LEFT JOIN pg_stat_activity who ON who.pid = waiting.pid
        WHERE NOT waiting.granted AND waiting.waitstart < now() - $1 * interval '1 ms' AND (who.usename = who.datname) IS NOT TRUE)
  )
  SELECT role, pg_terminate_backend(pid) FROM blockers`
