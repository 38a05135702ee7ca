// Releases are proven before a tenant sees them, and what the proof made is what tenants are made of.
import t from 'tap'
import { run } from '../../deploy/command.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, proveRelease, releaseEvents, SAMPLE_RELEASE, tenantContainers, tenantEvents } from '../world/tenants.ts'
import type { ReleaseView, TenantView } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

const ground = await layGround(t, 'releases', 9)
const provisioner = await startProvisioner(t, ground)
const { admin } = ground.postgres

interface Databases { databases: string[], roles: string[] }

/** Databases and roles of releases. */
async function releaseDatabases (): Promise<Databases> {
  const { rows } = await admin(`
    SELECT ARRAY(SELECT datname::text FROM pg_database WHERE datname LIKE 'rl\\_%' ORDER BY 1) AS databases,
           ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'rl\\_%' AND rolcanlogin ORDER BY 1) AS roles`)
  return rows[0] as Databases
}

const reasons = async (idOrSlug: string): Promise<string[]> => (await tenantEvents(provisioner, idOrSlug)).map(({ reason }) => reason)
const SAMPLE = 'berth-tenant-app'

t.test('three versions of the sample: what each migrates', async t => {
  t.match(await createRelease(provisioner, { version: '1', image: `${SAMPLE}:v1` }), {
    state: 'usable', pinned: /^sha256:|@sha256:/, migratesFrom: null, migrates: null, conditions: [{ type: 'Usable', status: 'True', reason: 'Proven' }]
  } satisfies Record<keyof Pick<ReleaseView, 'state' | 'migratesFrom' | 'migrates' | 'conditions' | 'pinned'>, unknown>)
  t.match(await createRelease(provisioner, { version: '2', image: `${SAMPLE}:v2` }), { migratesFrom: '1', migrates: true }, 'adds a column')
  t.match(await createRelease(provisioner, { version: '3' }), { migratesFrom: '2', migrates: false }, 'changes nothing')
  const { databases, roles } = await releaseDatabases()
  t.equal(databases.length, 3, 'a template each')
  t.ok(databases.every(name => name.endsWith('_template')), 'and nothing else')
  t.strictSame(roles, [], 'none of their roles can log in')
  t.strictSame(await tenantContainers(ground), [], 'no container is left')
  t.match((await releaseEvents(provisioner, '3')).map(({ reason }) => reason), ['Usable', 'InstanceHealthy', 'Starting', 'MigrationFinished', 'Migrating', 'ImagePresent', 'Pulling', 'Registered'])
})

t.test('a tenant is a copy of the template, and everything in it is its own', async t => {
  const { id } = await createTenant(provisioner, 'acme', { release: '1' })
  t.ok((await reasons(id)).includes('DatabaseCloned'))
  t.notOk((await reasons(id)).includes('MigrationStarted'), 'nothing was migrated')
  const owners = await admin(`
    SELECT DISTINCT r.rolname AS owner FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE c.relnamespace = 'public'::regnamespace
    UNION SELECT r.rolname FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE p.pronamespace = 'public'::regnamespace`, [], id)
  t.strictSame(owners.rows, [{ owner: id }])
  const left = await admin(`
    SELECT FROM pg_shdepend s JOIN pg_roles r ON s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid JOIN pg_database d ON d.oid = s.dbid
    WHERE d.datname = $1 AND r.rolname LIKE 'rl\\_%'`, [id])
  t.equal(left.rowCount, 0, 'nothing in it is a release\'s')
  const open = await admin("SELECT has_database_privilege('public', $1, 'CONNECT') AS open", [id])
  t.strictSame(open.rows, [{ open: false }])

  t.match(await deploy('acme', '2'), { status: 'ready', release: '2' }, 'its own role can migrate it')
  t.ok((await reasons(id)).includes('MigrationFinished'))
  t.equal((await admin("SELECT FROM pg_attribute WHERE attrelid = 'notes'::regclass AND attname = 'pinned'", [], id)).rowCount, 1)
})

t.test('between two releases with the same database nothing is migrated', async t => {
  const before = (await reasons('acme')).filter(reason => reason === 'MigrationStarted').length
  t.match(await deploy('acme', '3'), { status: 'ready', release: '3' })
  t.equal((await reasons('acme')).filter(reason => reason === 'MigrationStarted').length, before)
})

t.test('from further back it is', async t => {
  await createTenant(provisioner, 'late', { release: '1' })
  t.match(await deploy('late', '3'), { status: 'ready', release: '3' })
  t.ok((await reasons('late')).includes('MigrationStarted'))
})

t.test('a tenant does not get into a template', async t => {
  const [container] = await waitFor('one container', async () => {
    const { id } = (await provisioner.api('GET', '/v1/tenants/acme')).json<TenantView>()
    const names = await tenantContainers(ground, id)
    return names.length === 1 ? names : null
  })
  for (const database of (await releaseDatabases()).databases) {
    const script = `
      const pg = (await import('pg')).default
      const url = new URL(process.env.DATABASE_URL)
      url.pathname = '/${database}'
      const client = new pg.Client({ connectionString: url.href })
      await client.connect().then(() => console.log('in'), err => console.log(err.code))
      await client.end()`
    t.equal((await run('docker', ['exec', container as string, 'node', '--input-type=module', '-e', script])).trim(), '28000', database)
  }
})

t.test('many copies of one template at once', async t => {
  const tenants = await Promise.all(Array.from({ length: 8 }, async (_, i) => await createTenant(provisioner, `many${i}`)))
  for (const tenant of tenants) {
    t.match(tenant, { status: 'ready', release: '3' })
    t.notOk((await reasons(tenant.id)).includes('MigrationStarted'))
  }
})

const bad: Array<[string, Record<string, unknown>, string, RegExp]> = [
  ['never-healthy', { image: `${SAMPLE}:never-healthy` }, 'NeverHealthy', /answered 503/],
  ['migrate-fails', { image: `${SAMPLE}:migrate-fails` }, 'MigrationFailed', /exit code 1.*no_such_table/],
  ['no-such-image', { image: 'registry.invalid/none:1' }, 'ImageNotFound', /registry\.invalid\/none:1/],
  ['no-program', { image: 'berth-base', migrate: undefined }, 'InstanceExited', /exit code 0/]
]

for (const [version, release, reason, message] of bad) {
  t.test(`rejected: ${version}`, async t => {
    const before = await releaseDatabases()
    t.match(await proveRelease(provisioner, { version, ...release }), { state: 'rejected', conditions: [{ type: 'Usable', status: 'False', reason, message }] })
    t.match(await releaseEvents(provisioner, version), [{ level: 'error', reason, data: { output: Array } }])
    t.strictSame(await releaseDatabases(), before, 'nothing of it is left')
    t.match((await provisioner.api('POST', '/v1/tenants/acme/deploy', { release: version })).json(), { status: 422, code: 'release_rejected' })
    t.match((await provisioner.api('POST', '/v1/tenants', { slug: 'nobody', release: version })).json(), { status: 422, code: 'release_rejected' })
  })
}

t.test('new tenants get the newest that is usable; a version that was rejected can be had again', async t => {
  t.match(await createTenant(provisioner, 'after'), { status: 'ready', release: '3' })
  t.match(await createRelease(provisioner, { version: 'never-healthy' }), { state: 'usable', migrates: false })
})

t.test('one that ends after it was healthy is taken: a proof does not last for minutes', async t => {
  t.match(await createRelease(provisioner, { version: 'exits', image: `${SAMPLE}:exits` }), { state: 'usable' })
})

t.test('an older line that is mended meanwhile', async t => {
  await createTenant(provisioner, 'older', { release: '1' })
  t.match(await createRelease(provisioner, { version: '1.1', image: `${SAMPLE}:v1` }), { migrates: false }, 'proven on what a newer one has')
  t.match(await deploy('older', '1.1'), { status: 'ready', release: '1.1' })
  t.match(await createRelease(provisioner, { version: '2.1', image: `${SAMPLE}:v2` }), { migratesFrom: '1.1', migrates: false })
  t.match(await deploy('older', '2.1'), { status: 'ready', release: '2.1' })
  const { id } = (await provisioner.api('GET', '/v1/tenants/older')).json<TenantView>()
  t.equal((await admin("SELECT FROM pg_attribute WHERE attrelid = 'notes'::regclass AND attname = 'pinned'", [], id)).rowCount, 1, 'whoever came that way is migrated')
  t.match(await createTenant(provisioner, 'newer', { release: '1.1' }), { status: 'ready' })
  const before = await reasons('newer')
  t.match(await deploy('newer', '2.1'), { status: 'ready', release: '2.1' })
  t.notOk(before.includes('MigrationStarted') || (await reasons('newer')).includes('MigrationStarted'), 'whoever is a copy of the template has it')
})

t.test('releases that hang hold up no other, and can be cancelled', async t => {
  const hanging = ['hangs-0', 'hangs-1', 'hangs-2', 'hangs-3']
  const hang = async (version: string): Promise<void> => {
    const image = `${SAMPLE}:never-healthy`
    t.equal((await provisioner.api('POST', '/v1/releases', { ...SAMPLE_RELEASE, version, image, migrate: ['sleep', '600'] })).status, 202)
  }
  const migrations = async (): Promise<number> => (await tenantContainers(ground)).filter(name => name.endsWith('-migration')).length
  for (const version of hanging.slice(1)) await hang(version)
  await waitFor('three to hang', async () => await migrations() === 3, { timeoutMs: 30_000 })
  t.equal((await createRelease(provisioner, { version: 'beside' })).state, 'usable')
  await hang(hanging[0] as string)
  await waitFor('four to hang', async () => await migrations() === 4, { timeoutMs: 30_000 })
  const waiting = provisioner.api('POST', '/v1/releases?wait=90', { ...SAMPLE_RELEASE, version: 'behind' })
  await waitFor('one that waits', async () => (await releaseEvents(provisioner, 'behind'))[0]?.message.includes('4 others are before it'))
  for (const version of hanging) {
    t.match((await provisioner.api('POST', `/v1/releases/${version}/cancel`)).json(), { state: 'rejected', conditions: [{ reason: 'Cancelled' }] })
  }
  t.match((await waiting).json(), { version: 'behind', state: 'usable' }, 'its turn comes')
  await waitFor('what they made to go', async () => {
    const { databases, roles } = await releaseDatabases()
    return await migrations() === 0 && roles.length === 0 && databases.length === 3 && databases.every(name => name.endsWith('_template'))
  }, { timeoutMs: 30_000 })
  t.match((await provisioner.api('GET', '/v1/releases/hangs-0')).json(), { state: 'rejected', conditions: [{ reason: 'Cancelled' }] })
})

t.test('of old templates only some are kept', async t => {
  for (const version of ['4', '5']) await createRelease(provisioner, { version })
  await waitFor('the oldest templates to go', async () => (await releaseDatabases()).databases.length === 3)
  t.match(await createTenant(provisioner, 'old', { release: '1' }), { status: 'ready', release: '1' }, 'without one it is migrated')
  t.ok((await reasons('old')).includes('MigrationStarted'))
})

async function deploy (slug: string, release: string): Promise<TenantView> {
  return (await provisioner.api('POST', `/v1/tenants/${slug}/deploy?wait=60`, { release })).json<TenantView>()
}
