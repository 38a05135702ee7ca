// npm run screenshots: the pictures of the console, of an installation that has something to show.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DESKTOP, openBrowser, openWindow, PHONE, signIn } from '../world/browser.ts'
import type { ProvisionerProcess } from '../world/provisioner.ts'
import { layGround } from '../world/installation.ts'
import type { Ground } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, leaveOldRelease } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

const DIRECTORY = fileURLToPath(new URL('../../provisioner/console/screenshots', import.meta.url))
const NAMES = ['Acme Ltd', 'Böhm & Söhne', 'Globex Corporation', 'Initech', 'Umbra Optics', 'Wayne Shipping', 'Hooli', 'Stark Marine']
/** Rows that nobody works on, for lists that are as long as in life. */
const MORE = 180

const teardowns: Array<() => unknown> = []
const t = { teardown: (work: () => unknown) => { teardowns.unshift(work) } }
try {
  const ground = await layGround(t, 'harbour', 15)
  const provisioner = await startProvisioner(t, ground)
  await furnish(ground, provisioner)
  await take(ground, provisioner)
} finally {
  for (const work of teardowns) await work()
}

async function furnish (ground: Ground, provisioner: ProvisionerProcess): Promise<void> {
  await createRelease(provisioner, { version: '2026.1' })
  await createRelease(provisioner, { version: '2026.2' })
  await leaveOldRelease(ground, { version: '2026.3-rc1', image: 'berth-tenant-app:never-healthy' })
  for (const name of NAMES) {
    await createTenant(provisioner, name.normalize('NFKD').toLowerCase().replace(/[^a-z ]/g, '').trim().split(/ +/)[0] as string, { name, release: '2026.1' })
  }
  const { api } = provisioner
  await api('POST', '/v1/tenants/acme/domains?wait=10', { host: 'notes.acme.example', primary: true })
  await api('POST', '/v1/tenants/umbra/suspend?wait=20')
  await api('POST', '/v1/rollouts?wait=60', { release: '2026.2', canary: 1, waves: 2 })
  await api('POST', '/v1/tenants/globex/deploy?wait=60', { release: '2026.3-rc1' })
  const sql = async (text: string, params: unknown[] = []) => await ground.postgres.admin(text, params, 'berth_control')
  await sql(`
    WITH made AS (
      INSERT INTO tenants (id, slug, name, release, release_pinned, env, resources, database_server, observed_generation, ready_at, conditions, created_at)
      SELECT 'tn_' || lpad(n::text, 12, '0'), 'customer-' || n, 'Customer ' || n, CASE WHEN n % 5 = 0 THEN '2026.1' ELSE '2026.2' END, true, '{}', '{}', (SELECT name FROM database_servers LIMIT 1), 1, now(),
        '[{"type":"DatabaseReady","status":"True","reason":"Present","message":"It is there.","since":"2026-01-01T00:00:00Z","observedGeneration":1}]', now() - n * interval '7 hours'
      FROM generate_series(1, $1::integer) n RETURNING id, slug)
    INSERT INTO domains (host, tenant_id, is_primary) SELECT slug || '.berth.test', id, true FROM made`, [MORE])
  await sql(`
    INSERT INTO rollout_tenants (rollout_id, tenant_id, position, wave, state, from_release, to_release, open)
    SELECT (SELECT id FROM rollouts LIMIT 1), id, position, 2 + (position % 2), CASE WHEN position % 47 = 0 THEN 'failed' WHEN position % 31 = 0 THEN 'unchanged' ELSE 'moved' END, '2026.1', '2026.2', false
    FROM tenants WHERE slug LIKE 'customer-%'`)
  // A day's curve, of the same shape each time.
  await sql(`
    INSERT INTO usage_hours (tenant_id, at, requests, errors, bytes_in, bytes_out)
    SELECT t.id, date_trunc('hour', now()) - h * interval '1 hour', 300 + round(220 * sin(h / 3.6)) + (h * 37 % 29), (h * 13 + t.position) % 3, 0, 0 FROM tenants t, generate_series(0, 23) h ON CONFLICT DO NOTHING`)
  await sql(`
    INSERT INTO usage_minutes (tenant_id, at, requests, errors, bytes_in, bytes_out)
    SELECT t.id, date_trunc('minute', now()) - m * interval '1 minute', 12 + round(9 * sin(m / 190.0)) + (m * 7 % 5), CASE WHEN m % 61 = 0 THEN 1 ELSE 0 END, 0, 0
    FROM tenants t, generate_series(0, 1439) m WHERE t.slug = 'globex' ON CONFLICT DO NOTHING`)
}

async function take (ground: Ground, provisioner: ProvisionerProcess): Promise<void> {
  const rollout = (await provisioner.api('GET', '/v1/rollouts')).json<{ items: Array<{ id: string }> }>().items[0]?.id ?? ''
  const browser = await openBrowser(t)
  await mkdir(DIRECTORY, { recursive: true })
  for (const [name, path, seen, colorScheme, viewport] of [
    ['overview-light', '/', '.uplot', 'light', DESKTOP],
    ['tenants-dark', '/tenants?sort=status', 'tbody tr', 'dark', DESKTOP],
    ['tenant-dark', '/tenants/globex', '.uplot', 'dark', DESKTOP],
    ['rollout-light', `/rollouts/${rollout}`, '.cell', 'light', DESKTOP],
    ['tenant-phone-light', '/tenants/globex', '.step', 'light', PHONE],
    ['overview-phone-dark', '/', '.uplot', 'dark', PHONE]
  ] as const) {
    const phone = viewport === PHONE
    const { page } = await openWindow(browser, provisioner, path, { colorScheme, viewport, isMobile: phone, hasTouch: phone, reducedMotion: 'reduce', locale: 'en-GB' })
    await signIn(page, ground.env.BERTH_ADMIN_TOKEN as string)
    await page.locator(seen).first().waitFor()
    await page.locator('.skeleton').first().waitFor({ state: 'detached' })
    await waitFor('the page to be drawn', async () => await page.evaluate('document.fonts.status === "loaded"'))
    await page.screenshot({ path: join(DIRECTORY, `${name}.png`), animations: 'disabled' })
    console.log(`  ✓ provisioner/console/screenshots/${name}.png`)
    await page.context().close()
  }
}
