// What makes the audit log append-only: whatever the service's own database role tries, it can only read and add.
import t from 'tap'
import { openAuditOwner } from '../../provisioner/audit/audit-owner.ts'
import { appendEntry, entriesBefore } from '../../provisioner/audit/audit-store.ts'
import type { NewAuditEntry } from '../../provisioner/audit/audit-entry.ts'
import { controlEndpoint, openControlDatabase, silent } from '../world/control-database.ts'
import { claimInstallation } from '../world/network.ts'
import { startPostgres } from '../world/postgres.ts'

const installation = 'bt-audit-log'
await claimInstallation(t, installation)
const postgres = await startPostgres(t, { installation, tenantSubnet: '10.213.48.0/20' })
const pool = await openControlDatabase(t, postgres)
const endpoint = { host: postgres.host, port: postgres.port, name: 'default', tenantHost: '' }
const owner = openAuditOwner({
  databaseServer: { ...endpoint, user: 'berth_admin', password: postgres.adminPassword }, controlDatabase: controlEndpoint(postgres), audit: { retentionDays: 30 }
}, silent)
t.teardown(async () => { await owner.close() })
const asAdmin = async (sql: string) => await postgres.admin(sql, [], 'berth_control')
const count = async () => (await pool.query('SELECT FROM audit.entries')).rowCount

const entry: NewAuditEntry = {
  actor: { kind: 'token', tokenId: 'tk_a', name: 'a' }, action: 'tenant.create', method: 'POST', path: '/v1/tenants', status: 202, target: null, tenantId: null, address: '127.0.0.1', requestId: 'r', before: null, after: null
}

t.test('a schema that is not the owner\'s is not trusted', async t => {
  await pool.query('CREATE SCHEMA audit')
  await t.rejects(owner.establish(), { name: 'AuditLogError', message: /schema audit is berth_control's/ })
  await pool.query('DROP SCHEMA audit')
})

t.test('it is made once, also by several at the same time', async t => {
  await Promise.all([owner.establish(), owner.establish()])
  await appendEntry(pool, entry)
  await owner.establish()
  t.match(await entriesBefore(pool, {}, null, 10), [{ action: 'tenant.create', actor: entry.actor }])
})

t.test('the service\'s role can read and add, and nothing else', async t => {
  for (const sql of [
    "UPDATE audit.entries SET action = 'nothing'",
    'DELETE FROM audit.entries',
    'TRUNCATE audit.entries',
    'DROP TABLE audit.entries',
    'DROP SCHEMA audit CASCADE',
    'ALTER SCHEMA audit RENAME TO gone',
    'ALTER SCHEMA audit OWNER TO berth_control',
    'ALTER TABLE audit.entries RENAME TO gone',
    'ALTER TABLE audit.entries DROP COLUMN actor',
    'ALTER TABLE audit.entries SET SCHEMA public',
    'ALTER TABLE audit.entries OWNER TO berth_control',
    'ALTER TABLE audit.entries DISABLE TRIGGER ALL',
    'CREATE TRIGGER lost BEFORE INSERT ON audit.entries FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'CREATE RULE lost AS ON INSERT TO audit.entries DO INSTEAD NOTHING',
    'CREATE TABLE audit.more (a int)',
    'CREATE TABLE child () INHERITS (audit.entries)',
    'CREATE TABLE pointing (id bigint REFERENCES audit.entries)',
    'SET ROLE berth_audit',
    'SET SESSION AUTHORIZATION berth_audit',
    'GRANT berth_audit TO berth_control',
    'DROP OWNED BY berth_audit',
    'REASSIGN OWNED BY berth_audit TO berth_control',
    'DROP ROLE berth_audit',
    'SET session_replication_role = replica',
    'DO $$ BEGIN LOCK TABLE audit.entries IN ACCESS EXCLUSIVE MODE; END $$',
    'SELECT * FROM audit.entries FOR UPDATE',
    'CREATE EVENT TRIGGER lost ON ddl_command_start EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    "SELECT setval('audit.entries_id_seq', 1)",
    "INSERT INTO audit.entries (id, actor, actor_name, action, method, path, status, address, request_id) OVERRIDING SYSTEM VALUE VALUES (1, 'token', '', '', '', '', 1, '', '')",
    "INSERT INTO audit.entries (at, actor, actor_name, action, method, path, status, address, request_id) VALUES ('2000-01-01', 'token', '', '', '', '', 1, '', '')",
    "INSERT INTO audit.entries (actor, actor_name, action, method, path, status, address, request_id) VALUES ('token', '', '', '', '', 1, '', '') ON CONFLICT (id) DO UPDATE SET action = 'x'",
    'MERGE INTO audit.entries e USING (SELECT 1 AS id) s ON e.id = s.id WHEN MATCHED THEN DELETE',
    'DROP DATABASE berth_control'
  ]) {
    const before = await count()
    await t.rejects(pool.query(sql), /permission denied|must be owner|must be able to SET ROLE|cannot be executed|cannot drop the currently open database|may not be altered|must have/i, sql)
    t.equal(await count(), before, 'and nothing is lost')
  }
  // Without the right to grant, PostgreSQL warns and does nothing.
  await pool.query('GRANT DELETE ON audit.entries TO berth_control')
  await t.rejects(pool.query('DELETE FROM audit.entries'), /permission denied/)
})

t.test('what was granted by hand is taken back, and what cannot be keeps it from starting', async t => {
  await asAdmin('GRANT ALL ON audit.entries TO berth_control; GRANT ALL ON SCHEMA audit TO berth_control')
  await owner.establish()
  await t.rejects(pool.query('DELETE FROM audit.entries'), /permission denied/)
  await asAdmin('GRANT berth_audit TO berth_control')
  await t.rejects(owner.establish(), { name: 'AuditLogError', message: /berth_control could change the audit log/ })
  await asAdmin('REVOKE berth_audit FROM berth_control')
  await owner.establish()
})

t.test('the administrator is not led to functions of the service\'s role', async t => {
  await pool.query("CREATE FUNCTION public.pg_get_userbyid(oid) RETURNS name LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'ALTER ROLE berth_control SUPERUSER'; RETURN 'berth_audit'; END $$")
  await pool.query('ALTER DATABASE berth_control SET search_path = public, pg_catalog')
  await owner.establish()
  await owner.expire()
  t.same((await asAdmin("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = 'berth_control'")).rows, [{ rolsuper: false }])
  await pool.query('ALTER DATABASE berth_control RESET search_path')
})

t.test('its owner ends entries by their age, and those of nobody by their number', async t => {
  const before = await count() as number
  await asAdmin("INSERT INTO audit.entries (at, actor, actor_name, action, method, path, status, address, request_id) SELECT now() - interval '31 days', 'token', '', 'old', '', '', 1, '', '' FROM generate_series(1, 25000)")
  await asAdmin("INSERT INTO audit.entries (actor, actor_name, action, method, path, status, address, request_id) SELECT 'anonymous', '', 'x', '', '', 1, '', '' FROM generate_series(1, 100007)")
  t.equal(await owner.expire(), 25_007)
  t.equal(await count(), before + 100_000)
  t.equal(await owner.expire(), 0)
})
