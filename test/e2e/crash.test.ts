import t from 'tap'
import { layGround } from '../world/installation.ts'
import { onEvents } from '../world/on-event.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, leaveOldRelease, tenantContainers, tenantDatabases, waitForStatus } from '../world/tenants.ts'
import type { Teardown } from '../world/teardown.ts'
import { waitFor } from '../world/wait-for.ts'
import { routesOf } from '../world/routes.ts'

/** Provisioners outlive the subtest that starts them. */
const root: Teardown = t
const ground = await layGround(t, 'crash', 1)
let provisioner = await startProvisioner(t, ground)
// One without a template: its tenants are migrated.
await leaveOldRelease(ground, { version: 'old' })
await createRelease(provisioner, { version: 'proven' })

const CREATE = {
  old: ['RouteStarting', 'DatabaseCreated', 'MigrationStarted', 'InstanceCreated', 'MigrationFinished', 'InstanceStarted', 'InstanceHealthy', 'RoutePublished'],
  proven: ['DatabaseCloned', 'InstanceCreated']
}
const DELETE = ['RouteWithdrawn', 'InstanceRemoved', 'DatabaseDropped']

/** A tenant that is gone takes its events along: the last of them may go before it is seen. Then the kill comes just after it. */
async function crashAt (t: Teardown, reason: string, slug: string, request: () => Promise<unknown>): Promise<void> {
  let killed = false
  await onEvents(t, ground, reason, 1, () => {
    process.kill(provisioner.pid, 'SIGKILL')
    killed = true
  })
  const asked = request().catch(() => {})
  await waitFor(reason, async () => killed || (reason === 'DatabaseDropped' && (await provisioner.api('GET', `/v1/tenants/${slug}`).catch(() => null))?.status === 404))
  await provisioner.kill()
  await asked
}

for (const [release, reasons] of Object.entries(CREATE)) {
  for (const reason of reasons) {
    t.test(`killed when a create, of the ${release} release, comes to ${reason}`, async t => {
      const slug = `${release}-${reason.toLowerCase()}`
      await crashAt(t, reason, slug, async () => await provisioner.api('POST', '/v1/tenants', { slug, release }))
      provisioner = await startProvisioner(root, ground)
      const began = performance.now()
      const { id } = await waitForStatus(provisioner, slug, 'ready')
      t.comment(`ready ${Math.round(performance.now() - began)} ms after the restart`)
      await waitFor('one container', async () => (await tenantContainers(ground)).length === 1)
      t.strictSame(await tenantDatabases(ground), { databases: [id], roles: [id] })
      t.strictSame(await routesOf(ground), { [`${slug}.berth.test`]: id })
      t.equal((await provisioner.api('DELETE', `/v1/tenants/${slug}?wait=30`)).status, 204)
    })
  }
}

for (const reason of DELETE) {
  t.test(`killed when a delete comes to ${reason}`, async t => {
    const slug = reason.toLowerCase()
    await createTenant(provisioner, slug)
    await crashAt(t, reason, slug, async () => await provisioner.api('DELETE', `/v1/tenants/${slug}`))
    provisioner = await startProvisioner(root, ground)
    await waitFor('the tenant to be gone', async () => (await provisioner.api('GET', `/v1/tenants/${slug}`)).status === 404)
    t.strictSame(await tenantContainers(ground), [])
    t.strictSame(await tenantDatabases(ground), { databases: [], roles: [] })
    t.strictSame(await routesOf(ground), {})
  })
}
