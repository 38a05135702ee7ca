import t from 'tap'
import { ConfigError, readConfig } from '../../gateway/config.ts'

const required = { BERTH_REDIS_PASSWORD: 'secret' }

t.test('defaults', async t => {
  t.match(readConfig(required), {
    host: '0.0.0.0',
    port: 8080,
    adminPort: 7071,
    logLevel: 'info',
    accessLog: true,
    workers: 1,
    metricsTenants: 500,
    trustedProxiesFile: '',
    errorPagesDir: '',
    trustedProxies: [],
    redis: { host: '127.0.0.1', port: 7379, password: 'secret' },
    routes: { snapshotFile: '', max: 100_000, unknownTtlMs: 1000, refillGraceMs: 60_000 },
    limits: { connections: 128, queue: 256, queueTimeoutMs: 10_000, requestsPerSecond: Infinity, bodyBytes: 2 ** 30, bodyTimeoutMs: 60_000, responseTimeoutMs: 60_000, idleTimeoutMs: 300_000, websockets: 4096 }
  })
})

t.test('the limits of tenants', async t => {
  t.strictSame(readConfig({
    ...required,
    BERTH_GATEWAY_TENANT_CONNECTIONS: '1',
    BERTH_GATEWAY_TENANT_QUEUE: '0',
    BERTH_GATEWAY_TENANT_QUEUE_TIMEOUT_MS: '2',
    BERTH_GATEWAY_TENANT_REQUESTS_PER_SECOND: '2.5',
    BERTH_GATEWAY_TENANT_BURST: '4',
    BERTH_GATEWAY_MAX_BODY_BYTES: String(2 ** 50),
    BERTH_GATEWAY_REQUEST_BODY_TIMEOUT_MS: '5',
    BERTH_GATEWAY_RESPONSE_TIMEOUT_MS: '6',
    BERTH_GATEWAY_BODY_TIMEOUT_MS: '7',
    BERTH_GATEWAY_TENANT_WEBSOCKETS: '8'
  }).limits, {
    connections: 1, queue: 0, queueTimeoutMs: 2, requestsPerSecond: 2.5, burst: 4, bodyBytes: 2 ** 50, bodyTimeoutMs: 5, responseTimeoutMs: 6, idleTimeoutMs: 7, websockets: 8
  })
  t.match(readConfig({ ...required, BERTH_GATEWAY_TENANT_REQUESTS_PER_SECOND: '2.5' }).limits, { burst: 3 }, 'a second of the rate')
  for (const [name, value, message] of [
    ['TENANT_REQUESTS_PER_SECOND', '0', /REQUESTS_PER_SECOND must be a number from 0.01 to 1000000/],
    ['TENANT_REQUESTS_PER_SECOND', '1e3', /REQUESTS_PER_SECOND must be a number from/],
    ['TENANT_BURST', '1.5', /BURST must be a whole number from 1 to 1000000/],
    ['TENANT_BURST', '5', /BURST needs BERTH_GATEWAY_TENANT_REQUESTS_PER_SECOND/],
    ['MAX_BODY_BYTES', '1g', /MAX_BODY_BYTES must be a whole number from 1/]
  ] as const) t.throws(() => readConfig({ ...required, [`BERTH_GATEWAY_${name}`]: value }), { message }, `${name} ${value}`)
})

t.test('what is set counts, what is empty does not', async t => {
  t.match(readConfig({
    ...required,
    BERTH_GATEWAY_HOST: '::1',
    BERTH_GATEWAY_PORT: '80',
    BERTH_REDIS_HOST: '',
    BERTH_LOG_LEVEL: 'warn',
    BERTH_GATEWAY_ACCESS_LOG: 'off',
    BERTH_GATEWAY_WORKERS: '4',
    BERTH_GATEWAY_METRICS_TENANTS: '0',
    BERTH_TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::/32,192.0.2.1,',
    BERTH_GATEWAY_TENANT_QUEUE: '0'
  }), {
    host: '::1',
    port: 80,
    redis: { host: '127.0.0.1' },
    logLevel: 'warn',
    accessLog: false,
    workers: 4,
    metricsTenants: 0,
    trustedProxies: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'],
    limits: { queue: 0 }
  })
})

t.test('it is frozen through and through', async t => {
  const config = readConfig({ ...required, BERTH_GATEWAY_ACCESS_LOG: 'on' })
  for (const part of [config, config.redis, config.routes, config.upstream, config.limits, config.trustedProxies]) t.ok(Object.isFrozen(part))
})

t.test('everything that is wrong is in one error', async t => {
  t.throws(() => readConfig({
    BERTH_GATEWAY_PORT: '0',
    BERTH_GATEWAY_ADMIN_PORT: '65536',
    BERTH_REDIS_PORT: '6379 ',
    BERTH_LOG_LEVEL: 'loud',
    BERTH_GATEWAY_ACCESS_LOG: 'true',
    BERTH_TRUSTED_PROXIES: '10.0.0.0/33',
    BERTH_GATEWAY_CONNECT_TIMEOUT_MS: '3s',
    BERTH_GATEWAY_ROUTES_MAX: '-1'
  }), new ConfigError(`The gateway's settings are not valid:
  BERTH_GATEWAY_PORT must be a whole number from 1 to 65535
  BERTH_GATEWAY_ADMIN_PORT must be a whole number from 1 to 65535
  BERTH_LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent
  BERTH_GATEWAY_ACCESS_LOG must be on or off
  BERTH_TRUSTED_PROXIES must be addresses or CIDR networks, between commas
  BERTH_REDIS_PORT must be a whole number from 1 to 65535
  BERTH_REDIS_PASSWORD must be set
  BERTH_GATEWAY_ROUTES_MAX must be a whole number from 1 to 10000000
  BERTH_GATEWAY_CONNECT_TIMEOUT_MS must be a whole number from 1 to 86400000`))
})

t.test('networks', async t => {
  for (const wrong of ['x', '10.0.0.0/x', '10.0.0.0/8/9', '10.0.0/8', '::/129', '10.0.0.0/-1', 'localhost']) {
    t.throws(() => readConfig({ ...required, BERTH_TRUSTED_PROXIES: wrong }), ConfigError, wrong)
  }
})

t.test('the two ports differ', async t => {
  t.throws(() => readConfig({ ...required, BERTH_GATEWAY_PORT: '7071' }), { message: /ADMIN_PORT must differ/ })
})

t.test('without an argument it is the environment', async t => {
  t.intercept(process, 'env', { value: { ...process.env, ...required, BERTH_GATEWAY_PORT: '81' } })
  t.equal(readConfig().port, 81)
})

t.test('workers', async t => {
  t.ok(readConfig({ ...required, BERTH_GATEWAY_WORKERS: 'auto' }).workers >= 1)
  for (const value of ['0', '257', '-1', '1.5', 'all']) {
    t.throws(() => readConfig({ ...required, BERTH_GATEWAY_WORKERS: value }), { message: /BERTH_GATEWAY_WORKERS must be auto or a whole number from 1 to 256/ }, value)
  }
})
