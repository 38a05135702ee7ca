// The PostgreSQL image's own promises: who may connect to what, from where, and that every start ensures it again.
import t from 'tap'
import { attempt, run } from '../../deploy/command.ts'
import { firstTenantNetwork } from '../../deploy/tenant-network.ts'
import { claimInstallation, ensureTenantNetwork } from '../world/network.ts'
import { startPostgres } from '../world/postgres.ts'

const installation = 'bt-pgimage'
const tenantSubnet = '10.213.208.0/20'

t.test('the PostgreSQL image', async t => {
  await claimInstallation(t, installation)
  await ensureTenantNetwork(installation, tenantSubnet)
  const { gateway, name: network } = firstTenantNetwork(installation, tenantSubnet)
  const postgres = await startPostgres(t, { installation, tenantSubnet, listen: ['127.0.0.1', gateway] })

  for (const tenant of ['tn_one', 'tn_two']) {
    await postgres.admin(`CREATE ROLE ${tenant} LOGIN PASSWORD 'pass-${tenant}' IN ROLE berth_tenants`)
    await postgres.admin(`CREATE DATABASE ${tenant} OWNER ${tenant}`)
    await postgres.admin(`REVOKE ALL ON DATABASE ${tenant} FROM PUBLIC`)
  }

  /** psql from a container on the tenants' network, as a tenant's application connects. Undefined when it got in. */
  const fromTenant = async (user: string, password: string, database: string): Promise<string | undefined> => {
    const outcome = await attempt('docker', ['run', '--rm', '--network', network, '--label', `berth.installation=${installation}`,
      '--env', 'PGPASSWORD', '--entrypoint', 'psql', 'berth-postgres', '-X', '-h', gateway, '-p', String(postgres.port), '-U', user,
      '-d', database, '-c', 'CREATE TEMP TABLE mine (n int)'], { env: { PGPASSWORD: password } })
    return outcome.code === 0 ? undefined : outcome.stderr
  }
  const onLoopback = async (user: string, password: string, database: string): Promise<string | undefined> => {
    const outcome = await attempt('docker', ['exec', '--env', 'PGPASSWORD', postgres.containerId, 'psql', '-X', '-h', '127.0.0.1',
      '-p', String(postgres.port), '-U', user, '-d', database, '-c', 'SELECT'], { env: { PGPASSWORD: password } })
    return outcome.code === 0 ? undefined : outcome.stderr
  }

  await t.test('a tenant reaches its own database', async t => {
    t.equal(await fromTenant('tn_one', 'pass-tn_one', 'tn_one'), undefined)
  })

  const refused = [
    ['with a wrong password', 'tn_one', 'wrong', 'tn_one', /password authentication failed/],
    ['to another tenant\'s database', 'tn_one', 'pass-tn_one', 'tn_two', /pg_hba\.conf rejects/],
    ['to the database postgres', 'tn_one', 'pass-tn_one', 'postgres', /pg_hba\.conf rejects/],
    ['to template1', 'tn_one', 'pass-tn_one', 'template1', /pg_hba\.conf rejects/],
    ['to the control database', 'tn_one', 'pass-tn_one', 'berth_control', /pg_hba\.conf rejects/],
    ['as the control role', 'berth_control', postgres.controlPassword, 'berth_control', /pg_hba\.conf rejects/],
    ['as the administrator', 'berth_admin', postgres.adminPassword, 'postgres', /pg_hba\.conf rejects/],
    ['as postgres', 'postgres', '', 'postgres', /pg_hba\.conf rejects/]
  ] as const
  for (const [what, user, password, database, reason] of refused) {
    await t.test(`refused from a tenant's network: ${what}`, async t => {
      t.match(await fromTenant(user, password, database), reason)
    })
  }

  await t.test('on loopback only the two roles of Berth get in', async t => {
    t.equal(await onLoopback('berth_control', postgres.controlPassword, 'berth_control'), undefined)
    t.match(await onLoopback('berth_control', postgres.controlPassword, 'postgres'), /pg_hba\.conf rejects/)
    t.match(await onLoopback('tn_one', 'pass-tn_one', 'tn_one'), /pg_hba\.conf rejects/)
    t.match(await onLoopback('postgres', '', 'postgres'), /pg_hba\.conf rejects/)
  })

  await t.test('the roles can no more than they need', async t => {
    const roles = await postgres.admin(`SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles
      WHERE rolname LIKE 'berth\\_%' ORDER BY rolname`)
    t.same(roles.rows, [
      { rolname: 'berth_admin', rolsuper: true, rolcreaterole: false, rolcreatedb: false, rolcanlogin: true },
      { rolname: 'berth_control', rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolcanlogin: true },
      { rolname: 'berth_tenants', rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolcanlogin: false }
    ])
    const open = await postgres.admin(`SELECT datname FROM pg_database
      WHERE has_database_privilege('berth_tenants', oid, 'CONNECT') AND datallowconn`)
    t.same(open.rows, [], 'no database lets everybody in')
  })

  await t.test('what was revoked is revoked again at the next start, and data stays', async t => {
    await postgres.admin('GRANT CONNECT ON DATABASE postgres TO PUBLIC')
    await postgres.restart()
    t.same((await postgres.admin('SELECT has_database_privilege(\'berth_tenants\', \'postgres\', \'CONNECT\') AS may')).rows, [{ may: false }])
    t.equal(await fromTenant('tn_two', 'pass-tn_two', 'tn_two'), undefined)
  })

  await t.test('no password is in an argument list or in the log', async t => {
    const seen = await run('docker', ['top', postgres.containerId, '-eo', 'pid,args']) + await run('docker', ['logs', postgres.containerId])
    t.notMatch(seen, postgres.adminPassword)
    t.notMatch(seen, postgres.controlPassword)
  })
})
