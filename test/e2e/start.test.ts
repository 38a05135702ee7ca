// The real npm start, twice: from nothing to a demo tenant, then with everything in place; then stop, start, reset.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findBelongings } from '../../deploy/belongings.ts'
import { attempt, run } from '../../deploy/command.ts'
import { parseEnvFile } from '../../deploy/env-file.ts'
import { ROOT } from '../../deploy/installation.ts'
import { request } from '../world/http.ts'
import { claimInstallation } from '../world/network.ts'
import { freePort } from '../world/ports.ts'

const installation = 'bt-start'

t.test('npm start, stop and reset', async t => {
  await claimInstallation(t, installation)
  const envFile = join(t.testdir({}), 'settings.env')
  const [gateway, admin, api, postgres, redis] = [await freePort(), await freePort(), await freePort(), await freePort(), await freePort()]
  // Later commands are given the file only: it has to describe the installation wholly.
  const settings = {
    BERTH_INSTALLATION: installation,
    BERTH_GATEWAY_PORT: String(gateway),
    BERTH_GATEWAY_ADMIN_PORT: String(admin),
    BERTH_API_PORT: String(api),
    BERTH_POSTGRES_PORT: String(postgres),
    BERTH_REDIS_PORT: String(redis),
    BERTH_TENANT_SUBNET: '10.213.224.0/20'
  }
  const npm = (args: readonly string[], env = {}) => attempt('npm', args, { cwd: ROOT, env: { BERTH_ENV_FILE: envFile, ...env } })
  const demoPage = () => request({ port: gateway, host: `demo.localhost:${gateway}`, headers: { accept: 'text/html' } })

  const first = await npm(['start'], settings)
  t.equal(first.code, 0, 'the first start ends well')
  if (first.code !== 0) t.comment(first.stdout + first.stderr)
  t.match(first.stdout, `http://demo.localhost:${gateway}/`, 'and says where the demo tenant is')

  t.equal(statSync(envFile).mode & 0o777, 0o600, 'the secrets are for their owner only')
  const token = parseEnvFile(await run('cat', [envFile])).get('BERTH_ADMIN_TOKEN') as string
  t.notMatch(first.stdout + first.stderr, token, 'the token is not printed')
  t.same(await health(), ['gateway healthy', 'postgres healthy', 'provisioner healthy', 'redis healthy'])
  const page = await demoPage()
  t.match([page.status, page.text], [200, 'Demo'])

  await t.test('the curl line of the summary makes another tenant', async t => {
    const line = first.stdout.slice(first.stdout.indexOf('curl'), first.stdout.indexOf('"}\'') + 3)
    const answer = JSON.parse(await run('bash', ['-c', line], { cwd: ROOT })) as { slug: string, status: string }
    t.match(answer, { slug: 'acme', status: 'ready' })
    t.equal((await request({ port: gateway, host: `acme.localhost:${gateway}` })).status, 200)
  })

  await t.test('a second start changes nothing', async t => {
    const before = await state()
    t.equal((await npm(['start'])).code, 0)
    t.same(await state(), before)
  })

  await t.test('a port that somebody else has is named, with the setting that changes it', async t => {
    const refused = await npm(['start'], { BERTH_GATEWAY_ADMIN_PORT: String(api), BERTH_API_PORT: String(admin) })
    t.equal(refused.code, 1)
    t.match(refused.stderr, `Port ${api} on 127.0.0.1`)
    t.match(refused.stderr, 'Choose another with BERTH_GATEWAY_ADMIN_PORT')
  })

  await t.test('npm stop stops everything, npm start brings it back', async t => {
    t.equal((await npm(['stop'])).code, 0)
    t.equal(await run('docker', ['ps', '-q', '--filter', `label=berth.installation=${installation}`]), '')
    t.equal((await npm(['start'])).code, 0)
    t.equal((await demoPage()).status, 200)
  })

  await t.test('npm run reset asks, and leaves nothing', async t => {
    const asked = await npm(['run', 'reset'])
    t.match([asked.code, asked.stderr], [1, '--yes'])
    t.equal((await npm(['run', 'reset', '--', '--yes'])).code, 0)
    t.same(await findBelongings(installation), { tenants: [], containers: [], volumes: [], networks: [] })
    t.notOk(existsSync(envFile))
  })
})

async function health (): Promise<string[]> {
  const list = await run('docker', ['ps', '--filter', `label=com.docker.compose.project=${installation}`,
    '--format', '{{.Label "com.docker.compose.service"}} {{.Status}}'])
  return list.trim().split('\n').map(line => line.replace(/ Up .*\((\w+)\)$/, ' $1')).sort()
}

/** Every container of the installation with the time it was started. */
async function state (): Promise<string[]> {
  const { containers } = await findBelongings(installation)
  return (await run('docker', ['inspect', '--format', '{{.Name}} {{.Id}} {{.State.StartedAt}}', ...containers])).trim().split('\n').sort()
}
