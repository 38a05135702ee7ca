import pg from 'pg'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Pool } from '../database/pool.ts'
import { templateName } from '../tenants/names.ts'
import { contentOf } from './database-content.ts'
import type { Content } from './database-content.ts'
import { asAdministrator, inTenantDatabase } from './tenant-sessions.ts'

/**
 * The template of a release is a copy of the database that its proof migrated, taken before anything else was in it.
 *
 *   owner     the administrator, so that what is passed on with everything of the release's role is never the template itself
 *   inside    everything is the release's role's, which stays for that, without a login
 *   access    nobody's: it takes no connections, and so CREATE DATABASE never finds somebody in it
 */
export interface Templates {
  /**
   * Makes the template of a release from the release's own database, or makes it again. Returns null, or why copies of that database would not be
   * what its migration made, and then there is none. Throws when somebody is in the database (object_in_use).
   */
  make (releaseId: string): Promise<string | null>
  /** Removes a template; none is fine. */
  drop (releaseId: string): Promise<void>
  /** Removes the release's own database, and leaves its role what the template needs of it. */
  retire (releaseId: string): Promise<void>
  /** Gives everything in a database of ours that is a release's to the role of the database's name. Again is fine. */
  adopt (database: string): Promise<void>
  /** What is in a database, or null when it cannot be told. */
  content (database: string): Promise<Content | null>
}

export function openTemplates (server: Config['databaseServer'], pool: Pool, markPrefix: string, log: Logger): Templates {
  const administer = async (database: string, ...statements: string[]): Promise<void> => { await asAdministrator(server, database, log, statements) }

  async function make (releaseId: string): Promise<string | null> {
    const reason = await uncopied(releaseId)
    await drop(releaseId)
    if (reason !== null) return reason
    const template = pg.escapeIdentifier(templateName(releaseId))
    const name = pg.escapeIdentifier(releaseId)
    await endSessions(releaseId)
    await pool.query(`CREATE DATABASE ${template} OWNER ${name} TEMPLATE ${name} STRATEGY wal_log ALLOW_CONNECTIONS false`)
    // One simple query is one transaction: until then it is ours by its owner, from then on by its comment.
    await pool.query([
      `REVOKE ALL ON DATABASE ${template} FROM PUBLIC`,
      `COMMENT ON DATABASE ${template} IS ${pg.escapeLiteral(markPrefix + releaseId)}`,
      `ALTER DATABASE ${template} OWNER TO CURRENT_USER`,
      `ALTER DATABASE ${template} IS_TEMPLATE true`
    ].join(';\n'))
    return null
  }

  /** What CREATE DATABASE and REASSIGN OWNED leave behind: settings of the database and of the role, default privileges, what else names the role. */
  async function uncopied (releaseId: string): Promise<string | null> {
    const { rows } = await pool.query<{ settings: string[] }>(`
      SELECT ARRAY(
        SELECT DISTINCT split_part(config, '=', 1) FROM pg_db_role_setting s, unnest(s.setconfig) AS config
        WHERE (s.setdatabase = d.oid OR s.setrole = r.oid)
          AND NOT (s.setdatabase = 0 AND split_part(config, '=', 1) IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'temp_file_limit'))
        ORDER BY 1) AS settings
      FROM pg_roles r JOIN pg_database d ON d.datname = r.rolname WHERE r.rolname = $1`, [releaseId])
    const settings = rows[0]?.settings ?? []
    if (settings.length > 0) return `its migrate sets ${settings.join(', ')} for the database or its role`
    const [found] = await inTenantDatabase(server, releaseId, log, async ask => await ask<Record<'defaults' | 'policies' | 'schema' | 'rights', boolean>>(`
      SELECT EXISTS (SELECT FROM pg_default_acl) AS defaults,
        EXISTS (SELECT FROM pg_policy WHERE r.oid = ANY(polroles)) AS policies,
        EXISTS (SELECT FROM pg_namespace WHERE nspname = r.rolname) AS schema,
        EXISTS (SELECT FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
          WHERE d.datname = current_database() AND s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid AND s.deptype <> 'o') AS rights
      FROM pg_roles r WHERE r.rolname = current_database()`))
    if (found?.defaults === true) return 'its migrate sets default privileges'
    if (found?.policies === true) return 'its migrate makes row security policies for its role'
    if (found?.schema === true) return 'its migrate makes a schema that is called as its role is'
    return found?.rights === true ? 'its migrate gives rights to its role by name' : null
  }

  async function endSessions (database: string): Promise<void> {
    await pool.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'", [database])
  }

  async function drop (releaseId: string): Promise<void> {
    const name = templateName(releaseId)
    const { rows } = await pool.query<{ template: boolean, ours: boolean }>(`
      SELECT d.datistemplate AS template, coalesce(shobj_description(d.oid, 'pg_database') = $2 OR r.rolname = $3, false) AS ours
      FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = $1`, [name, markPrefix + releaseId, releaseId])
    if (rows[0]?.ours !== true) return
    // One whose drop was broken off can only be dropped.
    await administer('postgres', ...rows[0].template ? [`ALTER DATABASE ${pg.escapeIdentifier(name)} IS_TEMPLATE false`] : [],
      `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`)
  }

  async function retire (releaseId: string): Promise<void> {
    const name = pg.escapeIdentifier(releaseId)
    await administer('postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, `ALTER ROLE ${name} NOLOGIN PASSWORD NULL`)
  }

  async function adopt (database: string): Promise<void> {
    const owner = pg.escapeIdentifier(database)
    await inTenantDatabase(server, database, log, async ask => {
      const releases = await ask<{ role: string }>(`
        SELECT DISTINCT r.rolname AS role
        FROM pg_shdepend s JOIN pg_roles r ON s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid JOIN pg_database d ON d.oid = s.dbid
        WHERE d.datname = current_database() AND r.rolname <> d.datname AND r.rolname LIKE 'rl\\_%' AND shobj_description(r.oid, 'pg_authid') = $1 || r.rolname`, [markPrefix])
      for (const { role } of releases) {
        const name = pg.escapeIdentifier(role)
        await ask(`REASSIGN OWNED BY ${name} TO ${owner}`)
        // What is left are rights that it was given to what is another's.
        await ask(`DROP OWNED BY ${name}`)
      }
    })
  }

  async function content (database: string): Promise<Content | null> {
    try {
      return await inTenantDatabase(server, database, log, contentOf)
    } catch (err) {
      log.warn({ err, database }, 'content of a database cannot be told')
      return null
    }
  }

  return { make, drop, retire, adopt, content }
}
