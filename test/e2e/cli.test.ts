// The command line as people and scripts run it: a program of its own against a real installation.
import t from 'tap'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { layGround } from '../world/installation.ts'
import { berthIn } from '../world/berth.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { leaveOldRelease, waitForStatus } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

const ground = await layGround(t, 'cli', 15)
const provisioner = await startProvisioner(t, ground)
const address = `http://127.0.0.1:${provisioner.port}`
const token = ground.env.BERTH_ADMIN_TOKEN as string
const folder = t.testdir({})
const { berth, start } = berthIn(t, folder, { BERTH_API_URL: address, BERTH_TOKEN: token })

t.test('a release is proven before the eyes of who waits, and a bad one is exit code 1', async t => {
  const made = await berth('releases', 'create', '1', '--image', 'berth-tenant-app', '--health-path', '/healthz', '--migrate', '["node", "migrate.ts"]', '--wait')
  t.equal(made.code, 0, made.stderr)
  t.match(made.stdout, /^state +usable$/m)
  t.match(made.stderr, /^\d\d:\d\d:\d\d {2}Registered {2}/m)
  const bad = await berth('releases', 'create', 'bad', '--image', 'berth-tenant-app', '--health-path', '/nowhere', '--migrate', 'exit 3', '--wait')
  t.equal(bad.code, 1)
  t.match(bad.stdout, /^state +rejected$/m)
  t.match(bad.stderr, /exit code 3/, 'why is among the steps')
  t.match((await berth('releases', 'list', '--json')).json(), { items: [{ version: 'bad', state: 'rejected' }, { version: '1', state: 'usable' }], nextCursor: null })
  t.match((await berth('releases', 'events', '1')).stdout, /Registered/)
  t.equal((await berth('releases', 'create', '1', '--image', 'berth-tenant-app')).code, 5, 'it is there')
  t.equal((await berth('releases', 'create', 'hangs', '--image', 'berth-tenant-app', '--migrate', 'sleep 600')).code, 0)
  const cancelled = await berth('releases', 'cancel', 'hangs')
  t.equal(cancelled.code, 0, cancelled.stderr)
  t.match(cancelled.stdout, /^because +Cancelled: /m)
  t.equal((await berth('releases', 'cancel', 'hangs')).code, 5, 'it was')
})

t.test('the life of a tenant', async t => {
  const made = await berth('tenants', 'create', 'acme', '--name', 'Acme Ltd', '--env', 'COLOUR=blue', '--wait')
  t.equal(made.code, 0, made.stderr)
  t.match(made.stdout, /^status +ready$/m)
  t.match(made.stdout, /^InstanceHealthy +True/m)
  t.match(made.stderr, /CreationRequested/)
  t.notMatch(made.stdout, 'blue', 'values of the environment are not shown')
  t.match((await berth('tenants', 'get', 'acme', '--json')).json(), { slug: 'acme', name: 'Acme Ltd', env: { COLOUR: 'blue' } })

  const changed = await berth('tenants', 'update', 'acme', '--limit', 'requestsPerSecond=50', '--unset-env', 'COLOUR', '--wait', '--json')
  t.equal(changed.code, 0, changed.stderr)
  t.match(changed.json(), { limits: { requestsPerSecond: 50 } })
  t.strictSame(changed.json<{ env: object }>().env, {})
  t.equal(changed.stderr, '', 'nothing is said beside JSON')

  t.equal((await berth('domains', 'add', 'acme', 'www.acme.example', '--primary', '--wait')).code, 0)
  t.match((await berth('domains', 'list', 'acme')).stdout, /^www\.acme\.example +yes$/m)
  t.equal((await berth('domains', 'remove', 'acme', 'www.acme.example')).code, 2, 'the primary cannot be removed')
  t.equal((await berth('domains', 'add', 'acme', 'acme.berth.test', '--primary', '--wait')).code, 0)
  t.equal((await berth('domains', 'remove', 'acme', 'www.acme.example', '--wait')).code, 0)

  t.equal((await berth('tenants', 'suspend', 'acme', '--wait')).code, 0)
  t.equal((await berth('tenants', 'restart', 'acme')).code, 5, 'a suspended one')
  t.match((await berth('tenants', 'list', '--status', 'suspended')).stdout, /^acme +Acme Ltd +suspended +1 /m)
  t.equal((await berth('tenants', 'resume', 'acme', '--wait')).code, 0)
  t.equal((await berth('tenants', 'restart', 'acme', '--wait')).code, 0)
})

t.test('exit codes say what kind of no it was, and messages what to do', async t => {
  for (const [args, env, code, said] of [
    [['tenants', 'get', 'nobody'], {}, 4, /There is no such tenant/],
    [['tenants', 'create', 'acme'], {}, 5, /slug is in use/],
    [['tenants', 'create', 'Not a slug'], {}, 2, /^ {2}\/slug must be 1 to 40/m],
    [['tenants', 'create'], {}, 2, /missing required argument 'slug'/],
    [['tenants', 'list', '--status', 'happy'], {}, 2, /Allowed choices/],
    [['tenants', 'delete', 'acme'], {}, 2, /say --yes/],
    [['tenants', 'list'], { BERTH_TOKEN: 'wrong' }, 3, /valid token is needed/],
    [['tenants', 'list'], { BERTH_TOKEN: '' }, 3, /There is no token/],
    [['tenants', 'list'], { BERTH_API_URL: 'http://127.0.0.1:9' }, 6, /cannot be reached/],
    [['tenants', 'list'], { BERTH_API_URL: 'nonsense' }, 2, /not the address of an API/],
    [['rollback', 'acme'], {}, 5, /healthy with no other release/]
  ] as const) {
    const { code: got, stderr, stdout } = await berth.with(env)(...args)
    t.equal(got, code, args.join(' '))
    t.match(stderr, said)
    t.equal(stdout, '', 'results only')
    t.notMatch(stderr, token)
  }
})

t.test('the token comes from a file, and from a checkout, but goes to their own address only', async t => {
  const without = berth.with({ BERTH_TOKEN: '' })
  writeFileSync(join(folder, 'token'), `${token}\n`)
  t.equal((await without('tenants', 'list', '--token-file', join(folder, 'token'))).code, 0)
  t.equal((await without.stdin(token)('tenants', 'list', '--token-file', '-')).code, 0)

  const config = join(folder, '.config/berth/config.json')
  mkdirSync(join(config, '..'), { recursive: true })
  writeFileSync(config, JSON.stringify({ url: address, token }), { mode: 0o600 })
  t.equal((await berth.with({ BERTH_TOKEN: '', BERTH_API_URL: '' })('tenants', 'list')).code, 0)
  chmodSync(config, 0o644)
  const open = await without('tenants', 'list')
  t.equal(open.code, 3)
  t.match(open.stderr, /chmod 600/)
  chmodSync(config, 0o600)
  const elsewhere = await berth.with({ BERTH_TOKEN: '', BERTH_API_URL: 'http://127.0.0.1:9' })('tenants', 'list')
  t.equal(elsewhere.code, 3)
  t.match(elsewhere.stderr, /for another address/)
  writeFileSync(config, '{}')

  mkdirSync(join(folder, 'checkout/deploy'), { recursive: true })
  writeFileSync(join(folder, 'checkout/package.json'), '{"name": "berth"}')
  writeFileSync(join(folder, 'checkout/deploy/.env'), `BERTH_ADMIN_TOKEN=${token}\nBERTH_API_PORT=${provisioner.port}\n`)
  const there = berth.with({ BERTH_TOKEN: '', BERTH_API_URL: '' }).in(join(folder, 'checkout/deploy'))
  t.equal((await there('tenants', 'list')).code, 0)
})

t.test('tokens may what their scope says, until they are revoked', async t => {
  t.match((await berth('whoami')).stdout, /^token +deploy\/\.env \(installation\)\nscope +admin$/m)
  const made = await berth('tokens', 'create', 'watcher', '--scope', 'read', '--expires', '12h')
  t.equal(made.code, 0, made.stderr)
  t.match(made.stdout, /^bth_\w+\n$/, 'the secret is all of the result')
  const id = /Token (tk_\w+) \(read\), until /.exec(made.stderr)?.[1] as string
  const watcher = berth.with({ BERTH_TOKEN: made.stdout.trim() })
  t.match((await watcher('whoami', '--json')).json(), { token: { id, scope: 'read' }, installation: ground.installation })
  t.equal((await watcher('tenants', 'list')).code, 0)
  const refused = await watcher('tenants', 'suspend', 'acme')
  t.equal(refused.code, 3)
  t.match(refused.stderr, /operate/)
  t.match((await berth('tokens', 'list')).stdout, new RegExp(`^${id} +watcher +read +all +active `, 'm'))
  t.equal((await berth('tokens', 'revoke', id)).code, 0)
  t.equal((await watcher('tenants', 'list')).code, 3)
  t.notMatch((await berth('tokens', 'list')).stdout, id)
  t.match((await berth('tokens', 'list', '--revoked')).stdout, /watcher +read +all +revoked/)
})

t.test('deploys and goes back; a deploy that fails is exit code 1 and says why', async t => {
  t.equal((await berth('releases', 'create', '2', '--image', 'berth-tenant-app', '--health-path', '/healthz', '--env', 'VERSION=2', '--wait')).code, 0)
  await leaveOldRelease(ground, { version: 'old', healthPath: '/nowhere' })
  const deployed = await berth('deploy', 'acme', '2', '--wait')
  t.equal(deployed.code, 0, deployed.stderr)
  t.match(deployed.stderr, /DeployRequested/)
  const failed = await berth('deploy', 'acme', 'old', '--wait')
  t.equal(failed.code, 1, failed.stderr)
  t.match(failed.stderr, /^"acme" is degraded\.\n {2}InstanceHealthy: /m)
  t.equal((await berth('deploy', 'acme', '2', '--wait')).code, 0)
  const back = await berth('rollback', 'acme', '--wait')
  t.equal(back.code, 0, back.stderr)
  t.match(back.stdout, /^release +1$/m)
  t.equal((await berth('deploy', 'acme', 'bad')).code, 2, 'a rejected release')
})

t.test('follows the log of a tenant from one instance to the next', async t => {
  const following = start('logs', 'acme', '-f', '--json')
  const lines = (): Array<{ at: string, instance: string }> => following.stdout().split('\n').slice(0, -1).map(line => JSON.parse(line) as { at: string, instance: string })
  await waitFor('a first line', async () => lines().length > 0)
  const first = lines()[0]?.instance
  t.equal((await berth('tenants', 'restart', 'acme', '--wait')).code, 0)
  await waitFor('a line of the next instance', async () => lines().some(({ instance }) => instance !== first), { timeoutMs: 20_000 })
  t.equal(await following.interrupt(), 130)
  t.match((await berth('logs', 'acme', '-n', '5')).stdout, /^\d{4}-\d\d-\d\dT\S+Z /)
})

t.test('follows events over the death of the provisioner, each once', async t => {
  const following = start('events', 'acme', '-f', '-n', '0', '--json')
  const events = (): Array<{ id: number, reason: string }> => following.stdout().split('\n').slice(0, -1).map(line => JSON.parse(line) as { id: number, reason: string })
  await waitFor('the first events', async () => {
    await provisioner.api('PATCH', '/v1/tenants/acme', { name: `Acme ${Date.now()}` })
    return events().length > 0
  })
  await provisioner.kill()
  const again = await startProvisioner(t, ground, { BERTH_API_PORT: String(provisioner.port) })
  await again.api('PATCH', '/v1/tenants/acme', { name: 'Acme after' })
  await waitFor('an event after', async () => {
    const { items } = (await again.api('GET', '/v1/tenants/acme/events?limit=1')).json<{ items: Array<{ id: number }> }>()
    return events().at(-1)?.id === items[0]?.id
  }, { timeoutMs: 20_000 })
  const ids = events().map(({ id }) => id)
  t.strictSame(ids, [...new Set(ids)].sort((a, b) => a - b))
  t.equal(await following.interrupt(), 130)

  const asked = ids.at(-1)
  t.ok(asked)
  t.strictSame((await berth('events', 'acme', '-n', '2', '--json')).stdout.trim().split('\n').length, 2)

  await t.test('rolls out to all, and shows how it goes', async t => {
    t.equal((await berth('tenants', 'create', 'umbra', '--release', '1', '--wait')).code, 0)
    const rolled = await berth('rollouts', 'create', '2', '--wait', '--concurrency', '2')
    t.equal(rolled.code, 0, rolled.stderr)
    t.match(rolled.stderr, /^2 █{40} 100 % {2}2\/2 {2}done$/m)
    const { items: [rollout] } = (await berth('rollouts', 'list', '--json')).json<{ items: Array<{ id: string }> }>()
    t.match((await berth('rollouts', 'get', rollout?.id as string)).stdout, /^umbra +1 +moved +1 +2/m)
    t.equal((await berth('rollouts', 'resume', rollout?.id as string)).code, 5, 'it has ended')
    const stopped = await berth('rollouts', 'create', 'old', '--wait', '--tenants', 'acme,umbra', '--canary', '1')
    t.equal(stopped.code, 1, stopped.stderr)
    t.match(stopped.stderr, /^ {2}acme {2}/m, 'names who failed')
    t.match(stopped.stderr, /^paused: /m)
    const { items: [paused] } = (await berth('rollouts', 'list', '--json')).json<{ items: Array<{ id: string }> }>()
    t.equal((await berth('rollouts', 'abort', paused?.id as string)).code, 0)
    t.equal((await berth('rollouts', 'watch', paused?.id as string)).code, 1)
  })

  await t.test('deletes who is meant, and only then', async t => {
    await waitForStatus(again, 'umbra', 'ready')
    t.equal((await berth('tenants', 'delete', 'umbra', '--yes', '--wait')).code, 0)
    t.equal((await berth('tenants', 'get', 'umbra')).code, 4)
    t.equal((await berth('tenants', 'delete', 'umbra', '--yes')).code, 4)
    const terminal = start.onTerminal('tenants', 'delete', 'acme')
    await waitFor('the question', async () => terminal.stdout().includes('Type its slug'))
    terminal.type('acne\n')
    t.equal(await terminal.ended, 1)
    t.match(terminal.stdout(), 'Nothing was deleted')
    t.equal((await berth('tenants', 'get', 'acme')).code, 0)
  })
})
