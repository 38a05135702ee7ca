import t from 'tap'
import { ConfigError, readConfig, readDatabaseUrl } from '../../tenant-app/config.ts'

const complete = { PORT: '8080', DATABASE_URL: 'postgres://u:p@db:5432/name', TENANT_ID: 'tn_abcdefghijkl' }

t.test('a complete environment', async t => {
  t.same(readConfig(complete), { port: 8080, databaseUrl: complete.DATABASE_URL, tenantId: complete.TENANT_ID, version: 3 })
  t.equal(readConfig({ ...complete, SAMPLE_VERSION: '1' }).version, 1)
  t.ok(Object.isFrozen(readConfig(complete)))
  t.equal(readDatabaseUrl({ DATABASE_URL: 'postgresql://db/name' }), 'postgresql://db/name')
})

t.test('one error names every bad variable', async t => {
  t.throws(() => readConfig({}), { name: 'ConfigError', message: /PORT.*DATABASE_URL.*TENANT_ID/ })
  t.throws(() => readDatabaseUrl({}), ConfigError)
  const bad = {
    PORT: ['', '0', '65536', '80a', '-1', '1e3', ' 80'],
    DATABASE_URL: ['', 'db', 'mysql://u:p@db/name', 'postgres://u:p@db', 'postgres://u:p@db/', 'postgres:///name'],
    TENANT_ID: ['', 'a b', 'x'.repeat(65), '<b>'],
    SAMPLE_VERSION: ['0', '4', '1.5', 'new']
  }
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      t.throws(() => readConfig({ ...complete, [name]: value }), { message: new RegExp(`^[^:]*: ${name} must[^;]*\\.$`) }, `${name}=${value}`)
    }
  }
})

t.test('the password is not in the message', async t => {
  try {
    readConfig({ ...complete, DATABASE_URL: 'mysql://u:secret@db/name' })
    t.fail('it was accepted')
  } catch (error) {
    t.notMatch(String(error), 'secret')
  }
})
