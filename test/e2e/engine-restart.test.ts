import t from 'tap'
import { existsSync, readFileSync } from 'node:fs'
import { run } from '../../deploy/command.ts'
import { ensureRunningEngine } from '../../deploy/engine.ts'
import { startGateway } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, tenantContainers, waitForStatus } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

const PID_FILE = '/var/run/docker.pid'

/** Why the engine of this machine cannot be restarted for a test, or false when it can. */
async function hindrance (): Promise<string | false> {
  if (process.getuid?.() !== 0) return 'only root can restart the engine'
  if (!existsSync(PID_FILE)) return 'the engine is not of this machine'
  const others = (await run('docker', ['ps', '--format', '{{.Names}} {{.Label "berth.installation"}}'])).split('\n')
    .filter(line => line !== '' && !/ bt-[a-z0-9-]+$/.test(line))
  return others.length === 0 ? false : `a restart of the engine would end ${others.join(', ')}`
}

async function restartEngine (): Promise<void> {
  if (existsSync('/run/systemd/system')) {
    await run('systemctl', ['restart', 'docker'])
    return
  }
  const pid = Number(readFileSync(PID_FILE, 'utf8'))
  process.kill(pid, 'SIGTERM')
  await waitFor('the engine to end', async () => !existsSync(`/proc/${pid}`), { timeoutMs: 60_000 })
  await ensureRunningEngine(() => {})
}

const skip = await hindrance()

t.test('the engine is restarted: every tenant comes back by itself', { skip }, async t => {
  const ground = await layGround(t, 'engine-down', 10)
  const provisioner = await startProvisioner(t, ground)
  const gateway = await startGateway(t, { redis: ground.redis })
  await createRelease(provisioner)
  const slugs = ['a', 'b', 'c']
  for (const slug of slugs) await createTenant(provisioner, slug)
  const before = await tenantContainers(ground)

  await restartEngine()
  // The engine starts these again by itself in an installation: see compose.yaml.
  await ground.postgres.start()
  await ground.redis.start()
  for (const slug of slugs) {
    await waitForStatus(provisioner, slug, 'ready', 60_000)
    await waitFor(`${slug} to answer`, async () => (await request({ port: gateway.port, host: `${slug}.berth.test`, path: '/api/whoami' })).status === 200)
  }
  t.strictSame(await tenantContainers(ground), before, 'the same containers')
})
