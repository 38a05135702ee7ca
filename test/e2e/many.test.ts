import t from 'tap'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { routesOf } from '../world/routes.ts'
import { createRelease, tenantContainers, tenantDatabases, tenantEvents } from '../world/tenants.ts'
import type { TenantView } from '../world/tenants.ts'

const ground = await layGround(t, 'many', 3)
const [one, two] = await Promise.all([startProvisioner(t, ground), startProvisioner(t, ground)])
await createRelease(one)
const slugs = Array.from({ length: 20 }, (_, i) => `t${i}`)

t.test('two provisioners, twenty tenants at once: each is made once', async t => {
  const answers = await Promise.all(slugs.map(async (slug, i) => await (i % 2 === 0 ? one : two).api('POST', '/v1/tenants?wait=120', { slug })))
  t.ok(answers.every(({ status }) => status === 201))
  const tenants = answers.map(answer => answer.json<TenantView>())
  t.strictSame(new Set(tenants.map(({ status }) => status)), new Set(['ready']))
  const ids = tenants.map(({ id }) => id).sort()
  const containers = await tenantContainers(ground)
  t.equal(containers.length, 20)
  t.strictSame(containers.map(name => name.slice(ground.installation.length + 1, ground.installation.length + 16)).sort(), ids)
  t.strictSame(await tenantDatabases(ground), { databases: ids, roles: ids })
  t.equal(Object.keys(await routesOf(ground)).length, 20)
  for (const { id } of tenants) {
    const made = (await tenantEvents(one, id)).filter(({ reason }) => reason === 'InstanceCreated' || reason === 'DatabaseCloned')
    t.equal(made.length, 2, 'one container and one database')
  }
})

t.test('the same slug at two provisioners at once: one gets it', async t => {
  const answers = await Promise.all([one, two].map(async ({ api }) => await api('POST', '/v1/tenants', { slug: 'contested' })))
  t.strictSame(answers.map(({ status }) => status).sort(), [202, 409])
})

t.test('one of the two is killed: the other deletes them all', async t => {
  await one.kill()
  const answers = await Promise.all([...slugs, 'contested'].map(async slug => await two.api('DELETE', `/v1/tenants/${slug}?wait=120`)))
  t.ok(answers.every(({ status }) => status === 204))
  t.strictSame(await tenantContainers(ground), [])
  t.strictSame(await tenantDatabases(ground), { databases: [], roles: [] })
  t.strictSame(await routesOf(ground), {})
})
