// The PostgreSQL image's own promises: who may connect to what, from where, and that every start ensures it again.
import t from 'tap'
import { attempt, run } from '../../deploy/command.ts'
import { firstTenantNetwork } from '../../deploy/tenant-network.ts'
import { claimInstallation, ensureTenantNetwork } from '../world/network.ts'
import { startPostgres } from '../world/postgres.ts'
import { waitFor } from '../world/wait-for.ts'

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

t.test('a cluster is made whole, or made again', async t => {
  const data = '/var/lib/postgresql/data'
  const settings = ['BERTH_POSTGRES_PORT=5432', `BERTH_TENANT_SUBNET=${tenantSubnet}`, 'BERTH_DATABASE_ADMIN_PASSWORD=admin-secret', 'BERTH_CONTROL_DATABASE_PASSWORD=control-secret']
  const common = ['--network', 'none', '--label', `berth.installation=${installation}`, '--tmpfs', '/run/postgresql:mode=0755,uid=10070', ...settings.flatMap(one => ['--env', one])]
  const volumeOf = async (name: string): Promise<string[]> => {
    await run('docker', ['volume', 'create', '--label', `berth.installation=${installation}`, `${installation}-${name}`])
    return ['--volume', `${installation}-${name}:${data}`]
  }
  /** Runs a program of the image until the first file of a cluster is there, and then ends the container, which kills all in it. */
  const killed = async (volume: string[], program: string): Promise<void> => {
    const script = `${program} & until [ -n "$(find ${data} -name PG_VERSION -print -quit)" ]; do :; done; exit 0`
    await run('docker', ['run', '--rm', ...common, ...volume, '--entrypoint', 'bash', 'berth-postgres', '-c', script])
  }
  const start = async (volume: string[]): Promise<(sql: string) => Promise<string>> => {
    const id = (await run('docker', ['run', '--detach', ...common, ...volume, 'berth-postgres'])).trim()
    const ask = async (sql: string): Promise<string> => (await run('docker', ['exec', '--env', 'PGPASSWORD=admin-secret', id, 'psql', '-X', '-A', '-t', '-h', '127.0.0.1', '-p', '5432', '-U', 'berth_admin', '-d', 'postgres', '-c', sql])).trim()
    t.teardown(async () => { await run('docker', ['rm', '--force', id]) })
    await waitFor('the server to answer', async () => await ask('SELECT 1') === '1')
    return ask
  }
  const endAll = async (volume: string): Promise<void> => {
    const ids = (await run('docker', ['ps', '--quiet', '--filter', `volume=${volume}`])).split('\n').filter(id => id !== '')
    await run('docker', ['rm', '--force', ...ids])
  }
  const inside = async (volume: string[], command: string): Promise<string> =>
    (await run('docker', ['run', '--rm', '--network', 'none', ...volume, '--entrypoint', 'bash', 'berth-postgres', '-c', command])).trim()

  for (const [what, program] of [
    ['its own first start', 'berth-postgres'],
    ['the first start of an earlier version', `initdb --pgdata=${data} --username=postgres`]
  ] as const) {
    await t.test(`after the container was killed in ${what}`, async t => {
      const volume = await volumeOf(program.slice(0, 6))
      await killed(volume, program)
      const ask = await start(volume)
      t.equal(await ask("SELECT datname FROM pg_database WHERE datname = 'berth_control'"), 'berth_control')
    })
  }

  await t.test('after it was killed while the finished cluster was moved to its place', async t => {
    const volume = await volumeOf('moved')
    await inside(volume, `initdb --pgdata=${data}/.made --username=postgres && touch ${data}/.made/berth.made && mv ${data}/.made/base ${data}`)
    const made = await inside(volume, `pg_controldata ${data}/.made | grep 'system identifier'`)
    await start(volume)
    t.equal(await inside(volume, `pg_controldata ${data} | grep 'system identifier'`), made, 'it is the same cluster')
  })

  await t.test('a cluster that an earlier version made stays, and so does one of this', async t => {
    const volume = await volumeOf('earlier')
    await (await start(volume))('CREATE TABLE kept AS SELECT 7 AS n')
    for (const change of ['true', `rm ${data}/berth.made`]) {
      await endAll(`${installation}-earlier`)
      await inside(volume, change)
      t.equal(await (await start(volume))('SELECT n FROM kept'), '7', change)
    }
    t.equal(await inside(volume, `ls -d ${data}/unfinished.* ${data}/.made 2>/dev/null | wc -l`), '0', 'nothing is left aside')
  })
})
