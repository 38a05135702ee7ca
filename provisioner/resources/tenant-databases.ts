import pg from 'pg'
import type { Logger } from 'pino'
import { openPool } from '../database/pool.ts'
import type { Config } from '../config.ts'
import { databaseName, templateName } from '../tenants/names.ts'
import { scramVerifier, verifies } from './scram.ts'
import { openTemplates } from './template-databases.ts'
import type { Templates } from './template-databases.ts'
import { asAdministrator } from './tenant-sessions.ts'

/** Bounds of one tenant on a database server. A role can change the first two for itself; the others hold. */
const STATEMENT_TIMEOUT = '60s'
const IDLE_IN_TRANSACTION_TIMEOUT = '60s'
const TEMP_FILE_LIMIT = '1GB'
const CONNECTION_LIMIT = 20
/** Any number. */
const HARDEN_LOCK = 7_237_865

/**
 * `open`: it is there, and PUBLIC still may what PostgreSQL gives it on a new database. `changed`: it is there, and its tenant changed
 * what has to hold for its application to get in: the password, or how many may connect.
 */
export type DatabaseState = 'absent' | 'role-only' | 'open' | 'changed' | 'present' | 'foreign'

export interface TenantDatabases {
  /** Looks; changes nothing. */
  inspect (tenantId: string, password: string): Promise<DatabaseState>
  /**
   * Makes the role and the database when they are missing, and sets right what was changed. Returns 'foreign', and touches nothing, when either is not ours.
   * With `template`, the id of a release, a database that is made is a copy of that release's template ('cloned'), or empty when there is none any more.
   */
  ensure (tenantId: string, password: string, template?: string | null): Promise<DatabaseState | 'cloned'>
  /**
   * Removes the database and the role, with every session in them. Returns 'foreign', and touches nothing, when either is not ours.
   * A role that another tenant holds on to is made useless instead.
   */
  drop (tenantId: string): Promise<'absent' | 'foreign'>
  /** The tenants that a role with this installation's mark exists for. */
  list (): Promise<string[]>
  /** Of these, the tenants whose role or database is `changed`. */
  listChanged (passwordOf: (tenantId: string) => string): Promise<string[]>
  /** When the server was last started. */
  upSince (): Promise<Date>
  /** Takes from PUBLIC what PostgreSQL gives it on the databases that every server has. */
  harden (): Promise<void>
  /** The databases that new ones are copied from. */
  templates: Templates
  close (): Promise<void>
}

/** Of a role and its database: what has to hold, and the verifier of the password (cut off where none of ours is that long). */
interface Held { role: string, verifier: string | null, login: boolean, tempFiles: boolean, connections: boolean }

// -2: a database whose removal was broken off, which takes no change.
const HELD = `
  SELECT r.rolname AS role, left(r.rolpassword, 200) AS verifier, r.rolcanlogin AND r.rolconnlimit = ${CONNECTION_LIMIT} AS login,
         coalesce('temp_file_limit=${TEMP_FILE_LIMIT}' = ANY(s.setconfig), false) AS "tempFiles", coalesce(d.datconnlimit IN (-1, -2), true) AS connections
  FROM pg_authid r LEFT JOIN pg_db_role_setting s ON s.setrole = r.oid AND s.setdatabase = 0 LEFT JOIN pg_database d ON d.datname = r.rolname`

/**
 * One role and one database a tenant, named alike. The mark of an installation is the role's comment, set in the
 * transaction that makes the role; a database is ours when its owner is a marked role, so there is no instant at which
 * a crash could leave either without its mark.
 */
export function openTenantDatabases (server: Config['databaseServer'], installation: string, log: Logger): TenantDatabases {
  const pool = openPool({ ...server, database: 'postgres' }, 4, log)
  const markPrefix = `berth.installation=${installation} berth.tenant=`
  /** Role → the verifier and the password that were last found to belong together. */
  const verified = new Map<string, string>()
  const leftoverMark = `berth.installation=${installation} berth.leftover`
  const administer = async (database: string, ...statements: string[]): Promise<void> => { await asAdministrator(server, database, log, statements) }

  const templates = openTemplates(server, pool, markPrefix, log)

  async function inspect (tenantId: string, password: string): Promise<DatabaseState> {
    const state = await look(tenantId)
    return state === 'present' && (await repairs(tenantId, password)).length > 0 ? 'changed' : state
  }

  async function look (tenantId: string): Promise<Exclude<DatabaseState, 'changed'>> {
    const name = databaseName(tenantId)
    const { rows } = await pool.query<{ mark: string | null, role: boolean, database: boolean, owned: boolean, open: boolean }>(`
      SELECT r.oid IS NOT NULL AS role, shobj_description(r.oid, 'pg_authid') AS mark,
             d.oid IS NOT NULL AS database, coalesce(d.datdba = r.oid, false) AS owned,
             coalesce(has_database_privilege('public', d.oid, 'CONNECT') OR has_database_privilege('public', d.oid, 'TEMP'), false) AS open
      FROM (SELECT $1::name AS name) wanted
      LEFT JOIN pg_roles r ON r.rolname = wanted.name LEFT JOIN pg_database d ON d.datname = wanted.name`, [name])
    const { role, mark, database, owned, open } = rows[0] ?? { role: false, mark: null, database: false, owned: false, open: false }
    if (!role && !database) return 'absent'
    if (mark !== markPrefix + tenantId) return 'foreign'
    if (!database) return 'role-only'
    if (!owned) return 'foreign'
    return open ? 'open' : 'present'
  }

  async function createRole (tenantId: string, password: string): Promise<void> {
    const role = pg.escapeIdentifier(databaseName(tenantId))
    const verifier = await scramVerifier(password)
    // One simple query is one transaction.
    await pool.query([
      `CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
         CONNECTION LIMIT ${CONNECTION_LIMIT} PASSWORD ${pg.escapeLiteral(verifier)}`,
      // A mark for pg_hba.conf and nothing to act as: what one tenant set on the role all others could read.
      `GRANT berth_tenants TO ${role} WITH INHERIT FALSE, SET FALSE`,
      `COMMENT ON ROLE ${role} IS ${pg.escapeLiteral(markPrefix + tenantId)}`,
      `ALTER ROLE ${role} SET statement_timeout = '${STATEMENT_TIMEOUT}'`,
      `ALTER ROLE ${role} SET idle_in_transaction_session_timeout = '${IDLE_IN_TRANSACTION_TIMEOUT}'`,
      `ALTER ROLE ${role} SET temp_file_limit = '${TEMP_FILE_LIMIT}'`
    ].join(';\n'))
  }

  async function createDatabase (tenantId: string): Promise<void> {
    const name = pg.escapeIdentifier(databaseName(tenantId))
    await pool.query(`CREATE DATABASE ${name} OWNER ${name} TEMPLATE template0 STRATEGY wal_log`)
  }

  /** Returns whether there was such a template. */
  async function cloneDatabase (tenantId: string, template: string): Promise<boolean> {
    const name = pg.escapeIdentifier(databaseName(tenantId))
    try {
      await pool.query(`CREATE DATABASE ${name} OWNER ${name} TEMPLATE ${pg.escapeIdentifier(templateName(template))} STRATEGY wal_log`)
      return true
    } catch (err) {
      if (err instanceof pg.DatabaseError && err.code === '3D000') return false
      throw err
    }
  }

  async function ensure (tenantId: string, password: string, template: string | null = null): Promise<DatabaseState | 'cloned'> {
    const name = pg.escapeIdentifier(databaseName(tenantId))
    let state = await look(tenantId)
    if (state === 'foreign') return 'foreign'
    if (state === 'absent') {
      await createRole(tenantId, password)
      state = 'role-only'
    }
    const cloned = state === 'role-only' && template !== null && await cloneDatabase(tenantId, template)
    if (state === 'role-only' && !cloned) await createDatabase(tenantId)
    // Until it is closed to PUBLIC it may be a copy whose making was broken off.
    if (cloned || state === 'open') await templates.adopt(databaseName(tenantId))
    const statements = [...state === 'present' ? [] : [`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`], ...await repairs(tenantId, password)]
    if (statements.length > 0) await administer('postgres', ...statements)
    return cloned ? 'cloned' : 'present'
  }

  /** Statements that set right what was changed of a tenant's role and database; none when all is as it was made. */
  async function repairs (tenantId: string, password: string): Promise<string[]> {
    const { rows } = await pool.query<Held>(`${HELD} WHERE r.rolname = $1`, [databaseName(tenantId)])
    return rows[0] === undefined ? [] : await repairsOf(rows[0], password)
  }

  async function repairsOf (held: Held, password: string): Promise<string[]> {
    const name = pg.escapeIdentifier(held.role)
    const statements: string[] = []
    // The same again needs no key derivation.
    const known = `${held.verifier ?? ''} ${password}`
    if (verified.get(held.role) === known || await verifies(held.verifier, password)) verified.set(held.role, known)
    else statements.push(`ALTER ROLE ${name} PASSWORD ${pg.escapeLiteral(await scramVerifier(password))}`)
    if (!held.login) statements.push(`ALTER ROLE ${name} LOGIN CONNECTION LIMIT ${CONNECTION_LIMIT}`)
    if (!held.tempFiles) statements.push(`ALTER ROLE ${name} SET temp_file_limit = '${TEMP_FILE_LIMIT}'`)
    if (!held.connections) statements.push(`ALTER DATABASE ${name} CONNECTION LIMIT -1`)
    return statements
  }

  async function listChanged (passwordOf: (tenantId: string) => string): Promise<string[]> {
    const { rows } = await pool.query<Held>(`${HELD} WHERE shobj_description(r.oid, 'pg_authid') = $1 || r.rolname`, [markPrefix])
    const changed: string[] = []
    for (const held of rows) if ((await repairsOf(held, passwordOf(held.role))).length > 0) changed.push(held.role)
    return changed
  }

  async function drop (tenantId: string): Promise<'absent' | 'foreign'> {
    const role = databaseName(tenantId)
    const name = pg.escapeIdentifier(role)
    const state = await look(tenantId)
    verified.delete(role)
    if (state === 'foreign') return 'foreign'
    await templates.drop(tenantId)
    if (state === 'present' || state === 'open') {
      // Its owner may have made it a template, which nobody can drop. One whose drop was broken off can only be dropped.
      const { rowCount } = await pool.query('SELECT FROM pg_database WHERE datname = $1 AND datistemplate', [role])
      await administer('postgres', ...rowCount === 0 ? [] : [`ALTER DATABASE ${name} IS_TEMPLATE false`], `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    }
    if (state !== 'absent') await dropRole(role)
    await dropLeftovers()
    return 'absent'
  }

  /**
   * Other tenants can have given the role rights to what is theirs, and a role with rights anywhere cannot be dropped. Where one
   * of them does not let them be taken away, the role stays, without a login and under another mark, until it can go.
   */
  async function dropRole (role: string): Promise<void> {
    const name = pg.escapeIdentifier(role)
    const { rows } = await pool.query<{ database: string }>(`
      SELECT DISTINCT coalesce(d.datname, current_database()) AS database
      FROM pg_shdepend s JOIN pg_roles r ON s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid LEFT JOIN pg_database d ON d.oid = s.dbid
      WHERE r.rolname = $1`, [role])
    try {
      for (const { database } of rows) await administer(database, `DROP OWNED BY ${name}`)
      await administer('postgres', `DROP ROLE IF EXISTS ${name}`)
    } catch (err) {
      await administer('postgres', `ALTER ROLE ${name} NOLOGIN PASSWORD NULL`, `COMMENT ON ROLE ${name} IS ${pg.escapeLiteral(leftoverMark)}`)
      log.error({ err, role, databases: rows.map(({ database }) => database) }, 'role cannot be dropped because of rights in another tenant\'s database; it stays without a login until it can')
    }
  }

  /** Where the database that held them is gone by now, so are the rights that kept a role. */
  async function dropLeftovers (): Promise<void> {
    const { rows } = await pool.query<{ role: string }>("SELECT rolname AS role FROM pg_roles WHERE shobj_description(oid, 'pg_authid') = $1", [leftoverMark])
    for (const { role } of rows) {
      await administer('postgres', `DROP ROLE IF EXISTS ${pg.escapeIdentifier(role)}`).catch(err => { log.warn({ err, role }, 'leftover role cannot be dropped yet') })
    }
  }

  async function list (): Promise<string[]> {
    const { rows } = await pool.query<{ tenant: string }>(`
      SELECT substr(mark, length($1) + 1) AS tenant
      FROM (SELECT rolname, shobj_description(oid, 'pg_authid') AS mark FROM pg_roles) roles
      WHERE starts_with(mark, $1) AND rolname = substr(mark, length($1) + 1)`, [markPrefix])
    return rows.map(row => row.tenant)
  }

  async function upSince (): Promise<Date> {
    const { rows } = await pool.query<{ since: Date }>('SELECT pg_postmaster_start_time() AS since')
    return rows[0]?.since as Date
  }

  async function harden (): Promise<void> {
    // One simple query is one transaction, which the lock makes the only one: several provisioners may start at once.
    await pool.query([
      `SELECT pg_advisory_xact_lock(${HARDEN_LOCK})`,
      'REVOKE ALL ON DATABASE postgres FROM PUBLIC',
      'REVOKE ALL ON DATABASE template1 FROM PUBLIC',
      'DO $$ BEGIN CREATE ROLE berth_tenants NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$',
      // Of roles that are older than this.
      `DO $$ DECLARE tenant regrole; BEGIN
         FOR tenant IN SELECT member::regrole FROM pg_auth_members WHERE roleid = 'berth_tenants'::regrole AND (set_option OR inherit_option) LOOP
           EXECUTE format('GRANT berth_tenants TO %s WITH INHERIT FALSE, SET FALSE', tenant);
         END LOOP;
       END $$`
    ].join(';\n'))
  }

  return { inspect, ensure, drop, list, listChanged, upSince, harden, templates, close: () => pool.end() }
}
