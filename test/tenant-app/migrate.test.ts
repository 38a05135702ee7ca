import t from 'tap'
import { run, startTenantWorld } from './tenant-world.ts'

t.test('migrations', async t => {
  const world = await startTenantWorld(t, 'bt-ta-migrate')
  const env = { DATABASE_URL: world.databaseUrl }
  const connections = async () => (await world.postgres.admin("SELECT FROM pg_stat_activity WHERE application_name = 'tenant-app migrate'")).rowCount

  await t.test('two at once: one migrates, the other waits for it', async t => {
    const both = await Promise.all([run('migrate.ts', env), run('migrate.ts', env)])
    t.same(both.map(({ code }) => code), [0, 0])
    t.same(both.map(({ output }) => output).sort(), ['applied 0001_notes\napplied 0002_pinned\ndone, 2 applied\n', 'nothing to do, the database is up to date\n'])
    t.equal(await connections(), 0)
  })

  await t.test('once more changes nothing', async t => {
    await world.sql("INSERT INTO notes (text) VALUES ('kept')")
    t.same(await run('migrate.ts', env), { code: 0, output: 'nothing to do, the database is up to date\n' })
    t.equal((await world.sql('SELECT FROM notes')).rowCount, 1)
  })

  await t.test('a failure is told and leaves the database as it was', async t => {
    await world.sql('DELETE FROM migrations')
    const { code, output } = await run('migrate.ts', env)
    t.equal(code, 1)
    t.match(output, /migration failed: relation "notes" already exists\n$/)
    t.equal((await world.sql('SELECT FROM migrations')).rowCount, 0)
    t.equal(await connections(), 0)
  })

  await t.test('a database that is not there', async t => {
    t.match(await run('migrate.ts', { DATABASE_URL: 'postgres://a:hush@localhost:1/x' }), { code: 1, output: /^migration failed: .*ECONNREFUSED/ })
    t.match(await run('migrate.ts', {}), { code: 1, output: /^migration failed: .*DATABASE_URL/ })
    const wrong = await run('migrate.ts', { DATABASE_URL: world.databaseUrl.replace(/:[0-9a-f]+@/, ':hush@') })
    t.match(wrong, { code: 1, output: /^migration failed: password authentication failed/ })
    t.notMatch(wrong.output, 'hush')
  })
})
