import t from 'tap'
import { randomInt } from 'node:crypto'
import { run } from '../../deploy/command.ts'
import { layGround } from '../world/installation.ts'
import { onEvents } from '../world/on-event.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, tenantContainers } from '../world/tenants.ts'
import type { Teardown } from '../world/teardown.ts'
import { waitFor } from '../world/wait-for.ts'

const TENANTS = 30
const KILLS = 5

interface RolloutView { id: string, state: string, reason: string, counts: Record<string, number>, releases: Record<string, number>, moves: { items: Array<{ tenant: string, slug: string, state: string, release: string, message: string }> } }

/** Provisioners outlive the subtest that starts them. */
const root: Teardown = t
const ground = await layGround(t, 'rollout', 14)
let provisioner = await startProvisioner(t, ground)

// An application that starts at once: there are many here, and what is tested is not theirs.
const image = `${ground.installation}-small`
const program = 'use IO::Socket::INET; $SIG{TERM} = sub { exit 0 }; my $s = IO::Socket::INET->new(LocalPort => $ENV{PORT}, Listen => 16, ReuseAddr => 1) or die; ' +
  'while (my $c = $s->accept) { while (<$c>) { last if /^\\r?$/ } print $c "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok"; close $c }'
await run('docker', ['build', '--quiet', '--tag', image, '-'], { input: `FROM berth-postgres\nENTRYPOINT ${JSON.stringify(['perl', '-e', program])}` })
t.teardown(async () => { await run('docker', ['rmi', '--force', image]) })
const release = async (version: string, sql: string): Promise<void> => {
  await createRelease(provisioner, { version, image, migrate: `psql "$DATABASE_URL" --quiet --no-psqlrc --set ON_ERROR_STOP=1 --command ${JSON.stringify(sql)}` })
}
await release('1', 'CREATE TABLE notes (text text)')
const slugs = Array.from({ length: TENANTS }, (_, i) => `t${i}`)
const ids = (await Promise.all(slugs.map(async slug => await createTenant(provisioner, slug)))).map(({ id }) => id)
const odd = [5, 11, 17]
for (const i of odd) await ground.postgres.admin("INSERT INTO notes (text) VALUES ('two words')", [], ids[i])
await release('2', "ALTER TABLE notes ADD CONSTRAINT one_word CHECK (text !~ ' ')")
await release('3', 'ALTER TABLE notes DROP CONSTRAINT IF EXISTS one_word')
await release('4', 'SELECT')

const look = async (id: string): Promise<RolloutView> => (await provisioner.api('GET', `/v1/rollouts/${id}?limit=200`)).json<RolloutView>()
/** The release of every container, by tenant. */
const running = async (): Promise<string[]> => {
  const { rows } = await ground.postgres.admin('SELECT tenant_id, release, count(*) OVER (PARTITION BY tenant_id)::int AS count FROM instances', [], 'berth_control')
  return rows.map(({ tenant_id: id, release, count }: { tenant_id: string, release: string, count: number }) => `${id} ${release} ${count}`).sort()
}
const settledAt = async (release: string, those = ids): Promise<unknown> => await waitFor(`one instance of ${release} each`, async () => {
  const names = await tenantContainers(ground)
  return (await running()).filter(line => those.some(id => line === `${id} ${release} 1`)).length === those.length && names.length === TENANTS
}, { timeoutMs: 60_000 })

t.test('a release that some tenants\' data makes fail stops, and goes on when it is mended', async t => {
  const begun = await provisioner.api('POST', '/v1/rollouts?wait=120', { release: '2', concurrency: 8, maxFailures: 2 })
  t.equal(begun.status, 201)
  const { id } = begun.json<RolloutView>()
  const stopped = await look(id)
  t.match(stopped, { state: 'paused', counts: { failed: 3, moving: 0 } })
  t.strictSame(stopped.moves.items.filter(({ state }) => state === 'failed').map(({ slug, release }) => `${slug} ${release}`).sort(), odd.map(i => `t${i} 1`).sort())
  t.match(stopped.moves.items.find(({ state }) => state === 'failed')?.message, /exit code 1/)
  const those = odd.map(i => ids[i] as string)
  await waitFor('the three to serve the old release', async () => {
    const tenants = await Promise.all(those.map(async id => (await provisioner.api('GET', `/v1/tenants/${id}`)).json<{ status: string, release: string }>()))
    return tenants.every(({ status, release }) => status === 'ready' && release === '1')
  })
  for (const id of those) t.strictSame((await ground.postgres.admin('SELECT text FROM notes', [], id)).rows, [{ text: 'two words' }])
  t.equal((await provisioner.api('PATCH', `/v1/rollouts/${id}`, { release: '3' })).status, 200)
  const resumed = await provisioner.api('POST', `/v1/rollouts/${id}/resume?wait=120`)
  t.match([resumed.status, resumed.json()], [200, { state: 'done', counts: { failed: 0 }, releases: { 3: TENANTS } }])
  await settledAt('3')
})

t.test('a rollout survives the death of its provisioner, as often as that comes', async t => {
  const { id } = (await provisioner.api('POST', '/v1/rollouts', { release: '4', concurrency: 4, tenants: { slug: 't1' } })).json<RolloutView>()
  const those = ids.filter((_, i) => slugs[i]?.startsWith('t1'))
  for (let i = 0; i < KILLS; i++) {
    // It may end before so many events have come.
    const trap = { set: true, sprung: false }
    await onEvents(t, ground, null, randomInt(1, 12), () => {
      if (!trap.set) return
      trap.sprung = true
      process.kill(provisioner.pid, 'SIGKILL')
    })
    await waitFor('the kill, or the end', async () => trap.sprung || (await look(id).catch(() => null))?.state === 'done')
    trap.set = false
    if (!trap.sprung) break
    await provisioner.kill()
    provisioner = await startProvisioner(root, ground)
    if ((await look(id)).state !== 'running') break
  }
  const done = await waitFor('the end', async () => { const seen = await look(id); return seen.state === 'done' ? seen : null }, { timeoutMs: 90_000 })
  t.match(done, { counts: { moved: those.length, failed: 0 }, releases: { 4: those.length } })
  await settledAt('4', those)
  await settledAt('3', ids.filter(id => !those.includes(id)))
  const { rows } = await ground.postgres.admin("SELECT count(*)::int AS count FROM events WHERE reason = 'DeployRequested' AND data->>'rollout' = $1", [id], 'berth_control')
  t.equal(rows[0].count, those.length, 'each was moved once')
})
