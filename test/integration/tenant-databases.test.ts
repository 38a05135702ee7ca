import t from 'tap'
import pg from 'pg'
import { openTenantDatabases } from '../../provisioner/resources/tenant-databases.ts'
import { silent } from '../world/control-database.ts'
import { claimInstallation } from '../world/network.ts'
import { startPostgres } from '../world/postgres.ts'

const A = 'tn_aaaaaaaaaaaa'
const B = 'tn_bbbbbbbbbbbb'

await claimInstallation(t, 'bt-data')
// Loopback counts as the tenants' network here, so that the test can log in as a tenant.
const postgres = await startPostgres(t, { installation: 'bt-data', tenantSubnet: '127.0.0.0/16' })
const server = { name: 'default', host: postgres.host, port: postgres.port, user: 'berth_admin', password: postgres.adminPassword, tenantHost: postgres.host }
const databases = openTenantDatabases(server, 'bt-data', silent)
t.teardown(async () => { await databases.close() })
await databases.harden()

async function logIn (tenantId: string, password: string): Promise<pg.Client> {
  const client = new pg.Client({ host: postgres.host, port: postgres.port, user: tenantId, database: tenantId, password })
  client.on('error', () => {})
  await client.connect()
  return client
}

t.test('made, again and again', async t => {
  t.equal(await databases.inspect(A, 'password-a'), 'absent')
  t.equal(await databases.ensure(A, 'password-a'), 'present')
  t.equal(await databases.ensure(A, 'password-a'), 'present')
  t.equal(await databases.inspect(A, 'password-a'), 'present')
  const client = await logIn(A, 'password-a')
  await client.query('CREATE TABLE kept (x int)')
  await client.end()
  await t.rejects(logIn(A, 'wrong'), { code: '28P01' })
  t.equal(await databases.ensure(A, 'password-a'), 'present')
  t.equal((await postgres.admin('SELECT FROM kept', [], A)).rowCount, 0, 'what is there stays')
})

t.test('the role that all tenants are in is nobody\'s to use', async t => {
  const refused = async (): Promise<void> => {
    const client = await logIn(A, 'password-a')
    for (const statement of ['SET ROLE berth_tenants', 'ALTER ROLE berth_tenants SET application_name = \'told to all\'', 'GRANT berth_tenants TO CURRENT_USER WITH SET TRUE']) {
      await t.rejects(client.query(statement), { code: '42501' }, statement)
    }
    await client.end()
  }
  await refused()
  await postgres.admin(`GRANT berth_tenants TO ${A} WITH INHERIT TRUE, SET TRUE`)
  await databases.harden()
  await refused()
})

t.test('a crash between role and database leaves nothing without a mark', async t => {
  await databases.ensure(B, 'password-b')
  await postgres.admin(`DROP DATABASE ${B}`)
  t.equal(await databases.inspect(B, 'password-b'), 'role-only')
  t.strictSame((await databases.list()).sort(), [A, B])
  t.equal(await databases.ensure(B, 'password-b'), 'present')
})

const MIGRATIONS: Array<[statements: string, reason: RegExp | null]> = [
  ['CREATE TABLE fine (x int); CREATE SCHEMA other; ALTER TABLE fine ENABLE ROW LEVEL SECURITY; CREATE POLICY open ON fine USING (true)', null],
  ['CREATE TABLE p (x int); ALTER TABLE p ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON p TO CURRENT_USER USING (true)', /policies for its role/],
  ['CREATE SCHEMA AUTHORIZATION CURRENT_USER', /schema that is called/],
  ['ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC', /default privileges/],
  ["ALTER ROLE CURRENT_USER SET work_mem = '8MB'", /sets work_mem/]
]

for (const [i, [statements, reason]] of MIGRATIONS.entries()) {
  t.test(`a template where copies would be the same: ${statements}`, async t => {
    const release = `rl_00000000000${i}`
    await databases.ensure(release, 'password')
    const client = await logIn(release, 'password')
    await client.query(statements)
    await client.end()
    const refused = await databases.templates.make(release)
    if (reason === null) t.equal(refused, null)
    else t.match(refused, reason)
    await databases.templates.drop(release)
    t.equal(await databases.drop(release), 'absent')
  })
}

t.test('dropped with everybody in it, again and again', async t => {
  const client = await logIn(B, 'password-b')
  const ended = new Promise(resolve => client.once('end', resolve))
  t.equal(await databases.drop(B), 'absent')
  await ended
  t.equal(await databases.drop(B), 'absent')
  t.equal(await databases.inspect(B, 'password-b'), 'absent')
})

t.test('a crash before the database was closed to PUBLIC is made good', async t => {
  await postgres.admin(`GRANT CONNECT ON DATABASE ${A} TO PUBLIC`)
  t.equal(await databases.inspect(A, 'password-a'), 'open')
  t.equal(await databases.ensure(A, 'password-a'), 'present')
  t.equal(await databases.inspect(A, 'password-a'), 'present')
})

t.test('what a tenant changed of its own way in is set right, and nothing is written when there is nothing to', async t => {
  for (const change of [
    "ALTER ROLE CURRENT_USER PASSWORD 'mine'", 'ALTER ROLE CURRENT_USER PASSWORD NULL', `ALTER DATABASE ${A} CONNECTION LIMIT 0`,
    `ALTER ROLE CURRENT_USER PASSWORD 'SCRAM-SHA-256$5000:${'A'.repeat(22)}==$${'A'.repeat(43)}=:${'A'.repeat(43)}='`
  ]) {
    const client = await logIn(A, 'password-a')
    await client.query(change)
    await client.end()
    await t.rejects(logIn(A, 'password-a'), change)
    t.equal(await databases.inspect(A, 'password-a'), 'changed')
    t.strictSame(await databases.listChanged(() => 'password-a'), [A])
    t.equal(await databases.ensure(A, 'password-a'), 'present')
    t.equal(await databases.inspect(A, 'password-a'), 'present')
    t.strictSame(await databases.listChanged(() => 'password-a'), [])
    await (await logIn(A, 'password-a')).end()
  }
  await postgres.admin(`ALTER ROLE ${A} NOLOGIN CONNECTION LIMIT 1`)
  await postgres.admin(`ALTER ROLE ${A} RESET ALL`)
  t.equal(await databases.inspect(A, 'password-a'), 'changed')
  await databases.ensure(A, 'password-a')
  t.strictSame((await postgres.admin('SELECT rolcanlogin, rolconnlimit, rolconfig FROM pg_roles WHERE rolname = $1', [A])).rows,
    [{ rolcanlogin: true, rolconnlimit: 20, rolconfig: ['temp_file_limit=1GB'] }], 'its own defaults are its own affair')
  const written = async () => (await postgres.admin('SELECT r.xmin AS role, d.xmin AS database FROM pg_authid r JOIN pg_database d ON datname = rolname WHERE rolname = $1', [A])).rows
  const before = await written()
  await databases.ensure(A, 'password-a')
  t.strictSame(await written(), before)
})

t.test('a tenant cannot keep its own database, or another role, from being dropped', async t => {
  await databases.ensure(B, 'password-b')
  const client = await logIn(A, 'password-a')
  await client.query(`GRANT SELECT ON kept TO ${B}`)
  await client.query(`GRANT CONNECT ON DATABASE ${A} TO ${B}`)
  await client.query('CREATE SCHEMA other')
  await client.query(`GRANT ALL ON SCHEMA other TO ${B}`)
  await client.end()
  const other = await logIn(B, 'password-b')
  await other.query(`ALTER DATABASE ${B} IS_TEMPLATE true`)
  await other.end()
  t.equal(await databases.drop(B), 'absent')
  t.equal(await databases.inspect(B, 'password-b'), 'absent')
  t.equal(await databases.inspect(A, 'password-a'), 'present')
})

t.test('a tenant\'s settings of its database do not reach who cleans up in it', async t => {
  for (const setting of [
    'default_transaction_read_only = on', "statement_timeout = '1ms'", "transaction_timeout = '1ms'", `role = ${A}`, `session_authorization = ${A}`,
    "local_preload_libraries = 'nonexistent'", 'search_path = evil, pg_catalog', 'idle_session_timeout = 1'
  ]) {
    await databases.ensure(B, 'password-b')
    const client = await logIn(A, 'password-a')
    await client.query(`GRANT SELECT ON kept TO ${B}`)
    await client.query(`ALTER DATABASE ${A} SET ${setting}`)
    await client.query(`ALTER DATABASE ${A} CONNECTION LIMIT 0`)
    await client.end()
    t.equal(await databases.drop(B), 'absent')
    t.equal((await postgres.admin('SELECT FROM pg_roles WHERE rolname = $1', [B])).rowCount, 0, setting)
    await postgres.admin(`ALTER DATABASE ${A} RESET ALL`)
    await postgres.admin(`ALTER DATABASE ${A} CONNECTION LIMIT -1`)
  }
})

t.test('a tenant\'s open transactions do not hold up what is not its own', async t => {
  for (const [what, statements] of [
    ['a grant to the other', ['BEGIN', `GRANT SELECT ON kept TO ${B}`]],
    ['a lock on what it gave', [`CREATE POLICY other ON kept TO ${B}`, 'BEGIN', 'LOCK TABLE kept']]
  ] as const) {
    await databases.ensure(B, 'password-b')
    const client = await logIn(A, 'password-a')
    const bystander = await logIn(A, 'password-a')
    await client.query('SET idle_in_transaction_session_timeout = 0')
    for (const statement of statements) await client.query(statement)
    t.equal(await databases.drop(B), 'absent')
    t.equal((await postgres.admin('SELECT FROM pg_roles WHERE rolname = $1', [B])).rowCount, 0, what)
    await client.end()
    t.equal((await bystander.query('SELECT')).rowCount, 1, 'a session that holds up nobody goes on')
    await bystander.end()
  }
})

t.test('a tenant\'s open transaction does not keep its own database', async t => {
  for (const [what, statement] of [
    ['a change of the database', `ALTER DATABASE ${B} CONNECTION LIMIT 5`],
    ['a comment on the database', `COMMENT ON DATABASE ${B} IS 'mine'`],
    ['a change of the role', "ALTER ROLE CURRENT_USER PASSWORD 'x'"]
  ] as const) {
    await databases.ensure(B, 'password-b')
    const client = await logIn(B, 'password-b')
    await client.query('SET idle_in_transaction_session_timeout = 0')
    await client.query('BEGIN')
    await client.query(statement)
    t.equal(await databases.ensure(B, 'password-b'), 'present')
    t.equal(await databases.drop(B), 'absent', what)
    t.equal(await databases.inspect(B, 'password-b'), 'absent')
    await client.end()
  }
})

t.test('a role that another tenant holds on to is made useless, and goes when it can', async t => {
  await databases.ensure(B, 'password-b')
  const client = await logIn(A, 'password-a')
  await client.query(`GRANT SELECT ON kept TO ${B}`)
  await client.end()
  // Stands for whatever a tenant may think of: nobody gets in to clean up.
  await postgres.admin(`ALTER DATABASE ${A} ALLOW_CONNECTIONS false`)
  t.equal(await databases.drop(B), 'absent')
  t.strictSame((await postgres.admin('SELECT rolcanlogin, rolpassword FROM pg_authid WHERE rolname = $1', [B])).rows, [{ rolcanlogin: false, rolpassword: null }])
  t.strictSame(await databases.list(), [A], 'it is no tenant\'s any more')
  await postgres.admin(`ALTER DATABASE ${A} ALLOW_CONNECTIONS true`)
  await postgres.admin(`DROP OWNED BY ${B}`, [], A)
  await databases.drop('tn_cccccccccccc')
  t.equal((await postgres.admin('SELECT FROM pg_roles WHERE rolname = $1', [B])).rowCount, 0)
})

t.test('a drop that was broken off in the middle is finished', async t => {
  await databases.ensure(B, 'password-b')
  // What PostgreSQL writes before it removes the files (dropdb in dbcommands.c).
  await postgres.admin('UPDATE pg_database SET datconnlimit = -2 WHERE datname = $1', [B])
  t.equal(await databases.drop(B), 'absent')
  t.equal(await databases.inspect(B, 'password-b'), 'absent')
})

t.test('what is not ours is not touched', async t => {
  await postgres.admin(`CREATE ROLE ${B} LOGIN`)
  for (const mark of ['NULL', "'berth.installation=other berth.tenant=" + B + "'", "'berth.installation=bt-data berth.tenant=" + A + "'"]) {
    await postgres.admin(`COMMENT ON ROLE ${B} IS ${mark}`)
    t.equal(await databases.inspect(B, 'password-b'), 'foreign')
    t.equal(await databases.ensure(B, 'x'), 'foreign')
    t.equal(await databases.drop(B), 'foreign')
    t.notOk((await databases.list()).includes(B))
  }
  t.equal((await postgres.admin('SELECT FROM pg_roles WHERE rolname = $1', [B])).rowCount, 1)
  await postgres.admin(`COMMENT ON ROLE ${B} IS 'berth.installation=bt-data berth.tenant=${B}'`)
  await postgres.admin(`CREATE DATABASE ${B}`)
  t.equal(await databases.inspect(B, 'password-b'), 'foreign', 'a database of its name that another role owns')
  t.equal(await databases.drop(B), 'foreign')
})

t.test('the password travels as a verifier', async t => {
  const C = 'tn_cccccccccccc'
  await databases.ensure(C, 'password-c')
  const { rows: [row] } = await postgres.admin('SELECT a.rolpassword, a.rolconnlimit, r.rolconfig FROM pg_authid a JOIN pg_roles r USING (oid) WHERE a.rolname = $1', [C])
  t.match(row, { rolpassword: /^SCRAM-SHA-256\$4096:/, rolconnlimit: 20, rolconfig: ['statement_timeout=60s', 'idle_in_transaction_session_timeout=60s', 'temp_file_limit=1GB'] })
})

t.test('nothing is left to PUBLIC', async t => {
  const { rows } = await postgres.admin(`
    SELECT datname FROM pg_database WHERE datallowconn
      AND EXISTS (SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE grantee = 0)`)
  t.strictSame(rows, [{ datname: B }], 'but on the one that was made by hand')
})
