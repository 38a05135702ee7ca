import pg from 'pg'
import t from 'tap'
import { guardLocks, MAX_LOCKS_OF_A_TENANT } from '../../provisioner/resources/lock-guard.ts'
import { openTenantDatabases } from '../../provisioner/resources/tenant-databases.ts'
import { silent } from '../world/control-database.ts'
import { claimInstallation } from '../world/network.ts'
import { startPostgres } from '../world/postgres.ts'
import { waitFor } from '../world/wait-for.ts'

t.test('a tenant that fills the lock table does not keep the others out', async t => {
  await claimInstallation(t, 'bt-locks')
  const postgres = await startPostgres(t, { installation: 'bt-locks', tenantSubnet: '127.0.0.0/16' })
  const server = { name: 'default', host: postgres.host, port: postgres.port, user: 'berth_admin', password: postgres.adminPassword, tenantHost: postgres.host }
  const databases = openTenantDatabases(server, 'bt-locks', silent)
  t.teardown(async () => { await databases.close() })
  await databases.harden()
  const logIn = async (tenant: string): Promise<pg.Client> => {
    const client = new pg.Client({ host: postgres.host, port: postgres.port, user: tenant, database: tenant, password: 'secret' })
    client.on('error', () => {})
    t.teardown(async () => { await client.end().catch(() => {}) })
    await client.connect()
    return client
  }
  const [hoarder, neighbour] = ['tn_hhhhhhhhhhhh', 'tn_nnnnnnnnnnnn'] as const
  for (const tenant of [hoarder, neighbour]) await databases.ensure(tenant, 'secret')
  const stopping = new AbortController()
  const guarding = guardLocks(server, silent, stopping.signal)

  const modest = await logIn(neighbour)
  await modest.query('SELECT pg_advisory_lock(g) FROM generate_series(1, 1000) g')
  const greedy = await logIn(hoarder)
  const session = { ended: false }
  greedy.once('end', () => { session.ended = true })
  await greedy.query('SET statement_timeout = 0')
  for (let i = 0; i < 60 && !session.ended; i++) {
    await greedy.query('SELECT count(pg_advisory_lock($1, g)) FROM generate_series(1, 2000) g', [i]).catch(() => {})
  }
  await waitFor('its session to be ended', async () => session.ended)
  await waitFor('its locks to be gone', async () => Number((await postgres.admin('SELECT count(*) FROM pg_locks')).rows[0]?.count) < MAX_LOCKS_OF_A_TENANT)
  t.equal((await modest.query('SELECT 1')).rowCount, 1, 'who holds few stays')
  t.equal((await (await logIn(neighbour)).query('SELECT 1')).rowCount, 1, 'and comes in')
  stopping.abort()
  await guarding
})
