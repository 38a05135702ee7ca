import t from 'tap'
import { randomInt } from 'node:crypto'
import { layGround } from '../world/installation.ts'
import { onEvents } from '../world/on-event.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, tenantContainers } from '../world/tenants.ts'
import type { Teardown } from '../world/teardown.ts'
import { waitFor } from '../world/wait-for.ts'

const TENANTS = 30
const KILLS = 10

interface RolloutView { id: string, state: string, reason: string, counts: Record<string, number>, releases: Record<string, number>, moves: { items: Array<{ tenant: string, slug: string, state: string, release: string, message: string }> } }

/** Provisioners outlive the subtest that starts them. */
const root: Teardown = t
const ground = await layGround(t, 'rollout', 14)
let provisioner = await startProvisioner(t, ground)

/** A migration in one transaction, run by the image's own driver. */
const migration = (sql: string): string[] => ['node', '--input-type=module', '--eval', `
  import pg from 'pg'
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
  await client.connect()
  await client.query(${JSON.stringify(sql)})
  await client.end()`]

await createRelease(provisioner, { version: '1' })
const slugs = Array.from({ length: TENANTS }, (_, i) => `t${i}`)
const ids = (await Promise.all(slugs.map(async slug => await createTenant(provisioner, slug)))).map(({ id }) => id)
const odd = [5, 11, 17]
for (const i of odd) await ground.postgres.admin("INSERT INTO notes (text) VALUES ('two words')", [], ids[i])
await createRelease(provisioner, { version: '2', migrate: migration("ALTER TABLE notes ADD CONSTRAINT one_word CHECK (text !~ ' ')") })
await createRelease(provisioner, { version: '3', migrate: migration('ALTER TABLE notes DROP CONSTRAINT IF EXISTS one_word') })
await createRelease(provisioner, { version: '4', env: { COLOUR: 'blue' } })

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
  const { id } = (await provisioner.api('POST', '/v1/rollouts', { release: '4', concurrency: 8 })).json<RolloutView>()
  for (let i = 0; i < KILLS; i++) {
    await new Promise<void>(resolve => { onEvents(t, ground, null, randomInt(1, 12), () => { process.kill(provisioner.pid, 'SIGKILL'); resolve() }).catch(() => {}) })
    await provisioner.kill()
    provisioner = await startProvisioner(root, ground)
    if ((await look(id)).state !== 'running') break
  }
  const done = await waitFor('the end', async () => { const seen = await look(id); return seen.state === 'done' ? seen : null }, { timeoutMs: 90_000 })
  t.match(done, { counts: { moved: TENANTS, failed: 0 }, releases: { 4: TENANTS } })
  await settledAt('4')
  const { rows } = await ground.postgres.admin("SELECT count(*)::int AS count FROM events WHERE reason = 'DeployRequested' AND data->>'rollout' = $1", [id], 'berth_control')
  t.equal(rows[0].count, TENANTS, 'each was moved once')
})
