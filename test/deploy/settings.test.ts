import { readFileSync } from 'node:fs'
import t from 'tap'
import { newEnvFile, parseEnvFile, SECRETS } from '../../deploy/env-file.ts'
import { resolveSettings, SETTINGS } from '../../deploy/settings.ts'

const secrets = parseEnvFile(newEnvFile(new Map()))
const given = (...settings: Array<[string, string]>) => new Map(settings)

t.test('environment before file before defaults', async t => {
  const file = new Map([...secrets, ['BERTH_API_PORT', '7170'], ['BERTH_REDIS_PORT', '7479']])
  const settings = resolveSettings(file, given(['BERTH_API_PORT', '7270']))
  t.same([settings.BERTH_API_PORT, settings.BERTH_REDIS_PORT, settings.BERTH_GATEWAY_PORT], ['7270', '7479', '8080'])
  t.equal(settings.BERTH_MASTER_KEY, secrets.get('BERTH_MASTER_KEY'))
  t.ok(Object.isFrozen(settings))
})

t.test('the public address follows domain and port unless it is set', async t => {
  t.equal(resolveSettings(secrets, given(['BERTH_GATEWAY_PORT', '9080'])).BERTH_PUBLIC_URL, 'http://localhost:9080')
  const own = given(['BERTH_PUBLIC_URL', 'https://apps.example'], ['BERTH_BASE_DOMAIN', 'apps.example'])
  t.equal(resolveSettings(secrets, own).BERTH_PUBLIC_URL, 'https://apps.example')
})

const malformed = [
  ['BERTH_INSTALLATION', 'Berth'], ['BERTH_INSTALLATION', 'a'.repeat(21)], ['BERTH_BASE_DOMAIN', 'a..b'],
  ['BERTH_PUBLIC_URL', 'localhost'], ['BERTH_GATEWAY_HOST', 'localhost'], ['BERTH_GATEWAY_PORT', '0'],
  ['BERTH_API_PORT', '65536'], ['BERTH_API_PORT', '70x'], ['BERTH_TENANT_SUBNET', '10.209.0.0'],
  ['BERTH_TENANT_SUBNET', '10.209.0.0/23'], ['BERTH_TENANT_SUBNET', '10.209.1.0/16'], ['BERTH_TENANT_SUBNET', '10.256.0.0/16'],
  ['BERTH_GATEWAY_FILES', 'files'], ['BERTH_TRUSTED_PROXIES_FILE', '/etc/trusted'], ['BERTH_ERROR_PAGES_DIR', 'pages'],
  ['BERTH_LOG_LEVEL', 'loud'], ['BERTH_DOCKER_SOCKET', 'docker.sock'], ['BERTH_DEMO_TENANT', '-']
] as const

for (const [name, value] of malformed) {
  t.test(`${name}=${value} stops the start`, async t => {
    t.throws(() => resolveSettings(secrets, given([name, value])), { message: new RegExp(`^${name}=${value.replaceAll('.', '\\.')} is not `) })
  })
}

t.test('everything that is wrong is in one error', async t => {
  const wrong = given(['BERTH_API_PORT', 'x'], ['BERTH_REDIS_PORT', '8080'])
  t.throws(() => resolveSettings(new Map(), wrong), {
    message: /BERTH_API_PORT=x is not a port.*BERTH_MASTER_KEY is missing.*BERTH_GATEWAY_PORT and BERTH_REDIS_PORT are both 8080/
  })
})

t.test('a file is for one installation', async t => {
  t.throws(() => resolveSettings(secrets, given(['BERTH_INSTALLATION', 'other'])), { message: /describes the installation berth, not other/ })
})

t.test('every setting is in the table of deploy/README.md, with its default', async t => {
  const readme = readFileSync(new URL('../../deploy/README.md', import.meta.url), 'utf8')
  for (const { name, fallback } of SETTINGS) {
    t.match(readme, new RegExp(`^\\| \`${name}\` \\| ${fallback === '' ? '' : `\`${fallback.replaceAll('.', '\\.')}\``}`, 'm'))
  }
  for (const name of SECRETS) t.match(readme, name)
})
