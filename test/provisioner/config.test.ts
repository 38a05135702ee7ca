import t from 'tap'
import { ConfigError, readConfig } from '../../provisioner/config.ts'

const enough = {
  BERTH_ADMIN_TOKEN: 'a'.repeat(32),
  BERTH_MASTER_KEY: '0'.repeat(64),
  BERTH_CONTROL_DATABASE_PASSWORD: 'control-password',
  BERTH_DATABASE_ADMIN_PASSWORD: 'admin-password',
  BERTH_REDIS_PASSWORD: 'redis-password'
}

t.test('defaults', async t => {
  const config = readConfig(enough)
  t.match(config, {
    installation: 'berth',
    baseDomain: 'localhost',
    api: { host: '127.0.0.1', port: 7070 },
    databaseServer: { host: '127.0.0.1', port: 7432, tenantHost: '10.209.0.1' },
    redis: { port: 7379 },
    reconcile: { concurrency: 8 }
  })
  t.ok(Object.isFrozen(config))
  t.equal(config.masterKey.length, 32)
})

t.test('every bad variable is named in one error', async t => {
  const bad = {
    BERTH_INSTALLATION: 'Berth!',
    BERTH_BASE_DOMAIN: '1.2.3.4',
    BERTH_PUBLIC_URL: 'ftp://x',
    BERTH_API_HOST: 'localhost',
    BERTH_API_PORT: '70000',
    BERTH_API_TRUSTED_PROXIES: '10.0.0.0/33, proxy.example',
    BERTH_AUDIT_RETENTION_DAYS: '0',
    BERTH_TENANT_SUBNET: '10.0.0.0/30',
    BERTH_MASTER_KEY: 'abc',
    BERTH_ADMIN_TOKEN: 'short',
    BERTH_LOG_LEVEL: 'loud',
    BERTH_RECONCILE_CONCURRENCY: '1e3',
    BERTH_RESYNC_SECONDS: '31'
  }
  const error = t.throws(() => readConfig(bad), ConfigError) as ConfigError
  for (const name of [...Object.keys(bad), 'BERTH_REDIS_PASSWORD', 'BERTH_CONTROL_DATABASE_PASSWORD', 'BERTH_DATABASE_ADMIN_PASSWORD']) {
    t.match(error.message, name)
  }
  t.notMatch(error.message, 'short', 'no secret is shown')
})

t.test('no token, no start', async t => {
  t.throws(() => readConfig({ ...enough, BERTH_ADMIN_TOKEN: '' }), /BERTH_ADMIN_TOKEN is not set/)
})

t.test('public URLs', async t => {
  for (const url of ['http://example.com/path', 'nonsense', 'http://example.com/?q']) t.throws(() => readConfig({ ...enough, BERTH_PUBLIC_URL: url }), /BERTH_PUBLIC_URL/)
  t.equal(readConfig({ ...enough, BERTH_PUBLIC_URL: 'https://example.com' }).publicUrl.protocol, 'https:')
})
