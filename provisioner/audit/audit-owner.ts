import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { inTransaction, openPool } from '../database/pool.ts'
import type { Pool } from '../database/pool.ts'

/** Owns the audit log, and cannot log in: only the administrator of the database server acts as it. */
const OWNER = 'berth_audit'
const LOCK = 7_237_864
const EXPIRE_EVERY_MS = 3_600_000
const EXPIRE_BATCH = 10_000
/** Entries about callers that nobody knows: anybody can cause them, so that they do not crowd out the others. */
const MAX_ANONYMOUS = 100_000

/** The log is not what it has to be. The message says what is wrong. */
export class AuditLogError extends Error {
  override name = 'AuditLogError'
}

/**
 * The side of the audit log that its writers do not have. The tables of the control database are the service's own role's, which
 * could change whatever is in them; so the log is in a schema of another owner, made over the administrator's connection. The
 * service's role gets SELECT, and INSERT of the columns that it has to say: not of the number and the time of an entry. It owns neither
 * the table nor the schema, so it can drop and alter neither, and is no member of the owner. Entries end by age alone, which the owner sees to.
 */
export interface AuditOwner {
  /** Makes the log, or sees that it is as it should be. Throws AuditLogError. */
  establish: () => Promise<void>
  /** Removes entries that are too old, or too many of nobody. Returns how many. */
  expire: () => Promise<number>
  /** Does that every hour, until the signal aborts. */
  keepExpiring: (signal: AbortSignal) => Promise<void>
  close: () => Promise<void>
}

export function openAuditOwner ({ databaseServer: { host, port, user, password }, controlDatabase, audit }: Pick<Config, 'databaseServer' | 'controlDatabase' | 'audit'>, log: Logger): AuditOwner {
  // The service's role owns the database, and could set a search path for it that leads the administrator to functions of its own.
  const pool = openPool({ host, port, user, password, database: controlDatabase.database, options: '-c search_path=pg_catalog,pg_temp' }, 1, log)
  const expire = async (): Promise<number> => await expireEntries(pool, audit.retentionDays)
  return {
    establish: async () => { await inTransaction(pool, async tx => { await establish(tx, controlDatabase.user) }) },
    expire,
    async keepExpiring (signal) {
      while (!signal.aborted) {
        await expire().then(count => { if (count > 0) log.info({ count }, 'audit entries expired') }, err => { log.warn({ err }, 'old audit entries were not removed') })
        await delay(EXPIRE_EVERY_MS, undefined, { signal, ref: false }).catch(() => {})
      }
    },
    close: async () => { await pool.end() }
  }
}

type Tx = Pick<Pool, 'query'>

const TABLE = `
  CREATE TABLE IF NOT EXISTS audit.entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL CHECK (actor IN ('token', 'session', 'installation', 'system', 'anonymous')),
    token_id text,
    actor_name text NOT NULL,
    action text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    status integer NOT NULL,
    target_kind text,
    target_id text,
    target_name text,
    tenant_id text,
    address text NOT NULL,
    request_id text NOT NULL,
    before jsonb,
    after jsonb
  );
  CREATE INDEX IF NOT EXISTS entries_of_tenant ON audit.entries (tenant_id, id) WHERE tenant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entries_of_token ON audit.entries (token_id, id) WHERE token_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entries_by_time ON audit.entries (at);
  CREATE INDEX IF NOT EXISTS entries_of_nobody ON audit.entries (id) WHERE actor = 'anonymous'`

const WRITTEN = 'actor, token_id, actor_name, action, method, path, status, target_kind, target_id, target_name, tenant_id, address, request_id, before, after'

async function establish (tx: Tx, writer: string): Promise<void> {
  const role = `"${writer.replaceAll('"', '""')}"`
  await tx.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
  const { rowCount } = await tx.query('SELECT FROM pg_roles WHERE rolname = $1', [OWNER])
  if (rowCount === 0) await tx.query(`CREATE ROLE ${OWNER} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE`)
  await tx.query(`CREATE SCHEMA IF NOT EXISTS audit AUTHORIZATION ${OWNER}`)
  await requireOwner(tx)
  // As the owner: what it makes is its own, and it can make nothing that is more.
  await tx.query(`SET LOCAL ROLE ${OWNER}`)
  await tx.query(TABLE)
  await tx.query(`
    REVOKE ALL ON SCHEMA audit FROM PUBLIC, ${role};
    REVOKE ALL ON ALL TABLES IN SCHEMA audit FROM PUBLIC, ${role};
    REVOKE ALL ON ALL SEQUENCES IN SCHEMA audit FROM PUBLIC, ${role};
    GRANT USAGE ON SCHEMA audit TO ${role};
    GRANT SELECT, INSERT (${WRITTEN}) ON audit.entries TO ${role}`)
  await tx.query('RESET ROLE')
  await requireOwner(tx)
  await requireAppendOnly(tx, writer)
}

/** Somebody who could make the schema first would own what is in it. */
async function requireOwner (tx: Tx): Promise<void> {
  const { rows } = await tx.query<{ what: string, owner: string }>(`
    SELECT 'schema ' || nspname AS what, pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = 'audit'
    UNION ALL SELECT 'relation audit.' || relname, pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'audit')`)
  const foreign = rows.filter(({ owner }) => owner !== OWNER)
  if (foreign.length > 0) throw new AuditLogError(`The audit log has to be ${OWNER}'s, but ${foreign.map(({ what, owner }) => `the ${what} is ${owner}'s`).join(', ')}. See who made it, and move it aside.`)
}

async function requireAppendOnly (tx: Tx, writer: string): Promise<void> {
  const { rows: [may] } = await tx.query<{ privileged: boolean, member: boolean, superuser: boolean }>(`
    SELECT has_table_privilege($1, 'audit.entries', 'UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER, MAINTAIN') OR has_any_column_privilege($1, 'audit.entries', 'UPDATE')
        OR has_schema_privilege($1, 'audit', 'CREATE') AS privileged,
      pg_has_role($1, $2, 'MEMBER') AS member, (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = $1) AS superuser`, [writer, OWNER])
  if (may === undefined || may.privileged || may.member || may.superuser) {
    throw new AuditLogError(`The role ${writer} could change the audit log: it must be no superuser, have no CREATEROLE, be no member of ${OWNER}, and have no more than SELECT and INSERT.`)
  }
}

async function expireEntries (pool: Pool, retentionDays: number): Promise<number> {
  let expired = 0
  for (let removed = EXPIRE_BATCH; removed === EXPIRE_BATCH;) {
    removed = await inTransaction(pool, async tx => {
      await tx.query(`SET LOCAL ROLE ${OWNER}`)
      const { rowCount } = await tx.query(`
        DELETE FROM audit.entries WHERE id IN (
          SELECT id FROM audit.entries WHERE at < now() - make_interval(days => $1)
            OR (actor = 'anonymous' AND id <= (SELECT id FROM audit.entries WHERE actor = 'anonymous' ORDER BY id DESC OFFSET $2 LIMIT 1))
          LIMIT $3)`, [retentionDays, MAX_ANONYMOUS, EXPIRE_BATCH])
      return rowCount ?? 0
    })
    expired += removed
  }
  return expired
}
