import t from 'tap'
import { text } from 'node:stream/consumers'
import { run } from '../../deploy/command.ts'
import { openEngine } from '../../provisioner/resources/engine.ts'
import type { EngineEvent } from '../../provisioner/resources/engine.ts'
import type { ContainerSpec } from '../../provisioner/resources/container-spec.ts'
import { bridgeName, networkName } from '../../provisioner/tenants/names.ts'
import { claimInstallation } from '../world/network.ts'
import { waitFor } from '../world/wait-for.ts'

const installation = 'bt-engine'
const tenantId = 'tn_aaaaaaaaaaaa'
await claimInstallation(t, installation)
const engine = openEngine('/var/run/docker.sock', installation)
const network = { name: networkName(installation, 0), bridge: bridgeName(installation, 0), subnet: '10.213.144.0/22', gateway: '10.213.144.1' }

function spec (name: string, command: string[], change: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    name: `${installation}-${name}`,
    role: 'migration',
    installation,
    tenantId,
    specHash: 'hash',
    instance: {
      release: '1', image: 'berth-base', port: 1, healthPath: '/', migrate: null, env: {}, resources: { memoryBytes: 2 ** 26, cpus: 1, pids: 20 }, volume: false, restarts: 0, runtime: ''
    },
    command,
    network: network.name,
    address: '10.213.144.9',
    volume: null,
    user: '10001:10001',
    ...change
  }
}

t.test('networks', async t => {
  t.equal(await engine.ensureNetwork(network), 'present')
  t.equal(await engine.ensureNetwork(network), 'present')
  t.match(await run('ip', ['-brief', 'address', 'show', network.bridge]), '10.213.144.1/22')
  await run('docker', ['network', 'create', `${installation}-foreign`])
  t.teardown(async () => { await run('docker', ['network', 'rm', `${installation}-foreign`]) })
  t.equal(await engine.ensureNetwork({ ...network, name: `${installation}-foreign` }), 'foreign')
})

t.test('images', async t => {
  const { signal } = new AbortController()
  t.match(await engine.ensureImage('berth-base', signal), { found: true, user: '10001:10001', pinned: /^sha256:[0-9a-f]{64}$/ }, 'an image that names no user does not run as root')
  t.match(await engine.ensureImage('berth-tenant-app', signal), { found: true })
  t.match(await engine.ensureImage('registry.invalid/none:1', signal), { found: false, detail: /registry\.invalid/ })
})

t.test('the life of a container', async t => {
  const events: EngineEvent[] = []
  const watching = new AbortController()
  const watch = engine.watch(event => { events.push(event) }, watching.signal)
  watch.catch(() => {})
  const { name } = spec('life', [])
  const container = spec('life', ['sh', '-c', 'echo out; sleep 0.1; echo err >&2; id -u; exit 4'])
  t.strictSame(await engine.create(container), { kind: 'present' })
  t.strictSame(await engine.create(container), { kind: 'present' })
  t.match(await engine.list(tenantId), [{ name, state: 'created', role: 'migration', specHash: 'hash', tenantId }])
  t.strictSame(await engine.start(name), { kind: 'started' })
  await engine.awaitExit(name, AbortSignal.timeout(10_000))
  t.match(await engine.inspect(name), { state: 'exited', exitCode: 4, oomKilled: false, restarts: 0 })
  t.strictSame((await engine.tail(name, 10)).sort(), ['10001', 'err', 'out'])
  t.match(await text(await engine.logs(name, { tail: 1, follow: false })), /^\S+Z \w+\n$/)
  await engine.stopAndRemove(name, 0)
  await engine.stopAndRemove(name, 0)
  t.equal(await engine.inspect(name), null)
  t.strictSame(await engine.tail(name, 10), [])
  t.strictSame(await engine.list(tenantId), [])
  await waitFor('the events', async () => ['die', 'destroy'].every(action => events.some(event => event.action === action && event.tenantId === tenantId && event.container === name)))
  watching.abort()
  await t.rejects(watch)
})

t.test('asked to stop first, and ended when it does not', async t => {
  const polite = spec('polite', ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'])
  await engine.create(polite)
  await engine.start(polite.name)
  await engine.stopAndRemove(polite.name, 10)
  t.equal(await engine.inspect(polite.name), null)
})

t.test('what can never run is refused in the engine\'s words', async t => {
  const broken = spec('broken', ['true'], { user: 'nosuchuser' })
  await engine.create(broken)
  t.match(await engine.start(broken.name), { kind: 'refused', detail: /nosuchuser/ })
  await engine.stopAndRemove(broken.name, 0)
})

t.test('a volume belongs to the user of the container', async t => {
  const volume = `${installation}-volume`
  t.equal(await engine.ensureVolume(volume, tenantId), 'present')
  t.equal(await engine.ensureVolume(volume, tenantId), 'present')
  const writer = spec('writer', ['sh', '-c', 'echo x > /data/x && stat -c %u:%a /data'], { volume })
  await engine.create(writer)
  await engine.start(writer.name)
  await engine.awaitExit(writer.name, AbortSignal.timeout(10_000))
  t.strictSame(await engine.tail(writer.name, 5), ['10001:700'])
  t.strictSame(await engine.volumes(), [{ name: volume, tenantId }])
  await engine.stopAndRemove(writer.name, 0)
  await engine.removeVolume(volume)
  await engine.removeVolume(volume)
  t.strictSame(await engine.volumes(), [])
})

t.test('what is not ours is neither seen nor touched', async t => {
  const name = `${installation}-foreign`
  await run('docker', ['run', '--detach', '--name', name, '--network', 'none', 'berth-base', 'sleep', '600'])
  t.teardown(async () => { await run('docker', ['rm', '--force', name]) })
  t.strictSame(await engine.list(), [])
  t.strictSame(await engine.create(spec('foreign', ['true'])), { kind: 'foreign' })
  await engine.stopAndRemove(name, 0)
  t.equal(await engine.inspect(name), null)
  t.equal(await text(await engine.logs(name, { tail: 1, follow: false })), '')
  t.equal((await run('docker', ['inspect', '--format', '{{.State.Running}}', name])).trim(), 'true')
})

t.test('a container without a name is none', async t => {
  t.equal(await engine.inspect(''), null)
})
