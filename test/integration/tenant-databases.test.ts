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
  t.equal(await databases.inspect(A), 'absent')
  t.equal(await databases.ensure(A, 'password-a'), 'present')
  t.equal(await databases.ensure(A, 'password-a'), 'present')
  t.equal(await databases.inspect(A), 'present')
  const client = await logIn(A, 'password-a')
  await client.query('CREATE TABLE kept (x int)')
  await client.end()
  await t.rejects(logIn(A, 'wrong'), { code: '28P01' })
  t.equal(await databases.ensure(A, 'password-a'), 'present')
  t.equal((await postgres.admin('SELECT FROM kept', [], A)).rowCount, 0, 'what is there stays')
})

t.test('a crash between role and database leaves nothing without a mark', async t => {
  await databases.ensure(B, 'password-b')
  await postgres.admin(`DROP DATABASE ${B}`)
  t.equal(await databases.inspect(B), 'role-only')
  t.strictSame((await databases.list()).sort(), [A, B])
  t.equal(await databases.ensure(B, 'password-b'), 'present')
})

t.test('dropped with everybody in it, again and again', async t => {
  const client = await logIn(B, 'password-b')
  const ended = new Promise(resolve => client.once('end', resolve))
  t.equal(await databases.drop(B), 'absent')
  await ended
  t.equal(await databases.drop(B), 'absent')
  t.equal(await databases.inspect(B), 'absent')
})

t.test('a crash before the database was closed to PUBLIC is made good', async t => {
  await postgres.admin(`GRANT CONNECT ON DATABASE ${A} TO PUBLIC`)
  t.equal(await databases.inspect(A), 'open')
  t.equal(await databases.ensure(A, 'password-a'), 'present')
  t.equal(await databases.inspect(A), 'present')
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
  t.equal(await databases.inspect(B), 'absent')
  t.equal(await databases.inspect(A), 'present')
})

t.test('what is not ours is not touched', async t => {
  await postgres.admin(`CREATE ROLE ${B} LOGIN`)
  for (const mark of ['NULL', "'berth.installation=other berth.tenant=" + B + "'", "'berth.installation=bt-data berth.tenant=" + A + "'"]) {
    await postgres.admin(`COMMENT ON ROLE ${B} IS ${mark}`)
    t.equal(await databases.inspect(B), 'foreign')
    t.equal(await databases.ensure(B, 'x'), 'foreign')
    t.equal(await databases.drop(B), 'foreign')
    t.notOk((await databases.list()).includes(B))
  }
  t.equal((await postgres.admin('SELECT FROM pg_roles WHERE rolname = $1', [B])).rowCount, 1)
  await postgres.admin(`COMMENT ON ROLE ${B} IS 'berth.installation=bt-data berth.tenant=${B}'`)
  await postgres.admin(`CREATE DATABASE ${B}`)
  t.equal(await databases.inspect(B), 'foreign', 'a database of its name that another role owns')
  t.equal(await databases.drop(B), 'foreign')
})

t.test('the password travels as a verifier', async t => {
  const { rows: [row] } = await postgres.admin('SELECT a.rolpassword, a.rolconnlimit, r.rolconfig FROM pg_authid a JOIN pg_roles r USING (oid) WHERE a.rolname = $1', [A])
  t.match(row, { rolpassword: /^SCRAM-SHA-256\$4096:/, rolconnlimit: 20, rolconfig: ['statement_timeout=60s', 'idle_in_transaction_session_timeout=60s', 'temp_file_limit=1GB'] })
})

t.test('nothing is left to PUBLIC', async t => {
  const { rows } = await postgres.admin(`
    SELECT datname FROM pg_database WHERE datallowconn
      AND EXISTS (SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE grantee = 0)`)
  t.strictSame(rows, [{ datname: B }], 'but on the one that was made by hand')
})
