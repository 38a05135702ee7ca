// Every page: for all eyes and hands, small on the wire, and with ten thousand tenants.
import t from 'tap'
import type { Page } from 'playwright-core'
import { inaccessible } from '../world/axe.ts'
import { DESKTOP, openBrowser, openWindow, PHONE, signIn } from '../world/browser.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, leaveOldRelease, waitForStatus } from '../world/tenants.ts'

const BUDGET_BYTES = 150_000
const MANY = 10_000

const ground = await layGround(t, 'console-pages', 15)
const provisioner = await startProvisioner(t, ground)
const { api } = provisioner
const token = ground.env.BERTH_ADMIN_TOKEN as string
await createRelease(provisioner)
await leaveOldRelease(ground, { version: 'broken', image: 'berth-tenant-app:never-healthy' })
await createTenant(provisioner, 'acme', { release: '1', name: 'Acme', env: { GREETING: 'hello' }, domains: ['www.acme.example'] })
await createTenant(provisioner, 'failing', { release: '1', name: 'A name that is as long as the name of a company in the insurance business can be, and then some' })
await api('POST', '/v1/tenants/failing/deploy?wait=30', { release: 'broken' })
await waitForStatus(provisioner, 'failing', 'degraded')
const { id: rollout } = (await api('POST', '/v1/rollouts?wait=30', { release: '1', tenants: ['acme'] })).json<{ id: string }>()
await api('POST', '/v1/tokens', { name: 'ci', scope: 'operate' })

const PAGES: Array<[path: string, seen: string]> = [
  ['/', 'main .card, main .note'],
  ['/tenants', 'tbody tr'],
  ['/tenants?q=nobody', '.empty'],
  ['/tenants/new', 'form'],
  ['/tenants/acme', '.event'],
  ['/tenants/failing', '.note.tone-warn'],
  ['/tenants/acme/setup', '.note.tone-good'],
  ['/tenants/acme/domains', 'tbody tr'],
  ['/tenants/acme/logs', '.log'],
  ['/tenants/acme/events', '.event'],
  ['/tenants/acme/usage', 'figure, main .note'],
  ['/tenants/acme/settings', '.env li'],
  ['/tenants/nobody', 'main .note'],
  ['/releases', 'tbody tr'],
  ['/releases/new', 'form'],
  ['/releases/1', '.event'],
  ['/rollouts', 'tbody tr'],
  ['/rollouts/new', 'form'],
  [`/rollouts/${rollout}`, '.cell'],
  ['/tokens', 'tbody tr'],
  ['/audit', '.audit li, main .note'],
  ['/webhooks', '.empty, tbody tr, main .note'],
  ['/nowhere', '.empty']
]

const browser = await openBrowser(t)

async function settle (page: Page, path: string, seen: string): Promise<void> {
  await page.goto(`/console${path}`)
  await page.locator(seen).first().waitFor()
}

for (const [scheme, viewport] of [['light', DESKTOP], ['dark', DESKTOP], ['light', PHONE], ['dark', PHONE]] as const) {
  const size = viewport === PHONE ? 'phone' : 'desktop'
  t.test(`nothing shuts anybody out: ${scheme}, ${size}`, async t => {
    const { page, wrong } = await openWindow(browser, provisioner, '/', { colorScheme: scheme, viewport, reducedMotion: 'reduce', isMobile: viewport === PHONE, hasTouch: viewport === PHONE })
    await page.getByLabel('API token').waitFor()
    t.same(await inaccessible(page), [], 'sign-in')
    await signIn(page, token)
    for (const [path, seen] of PAGES) {
      await settle(page, path, seen)
      t.same(await inaccessible(page), [], path)
      t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${path} is not wider than the window`)
    }
    t.same(wrong, [], 'no script failed, and nothing was refused')
  })
}

t.test('dialogs too', async t => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await openWindow(browser, provisioner, '/tenants/acme', { colorScheme, reducedMotion: 'reduce' })
    await signIn(page, token)
    for (const [path, button] of [['/tenants/acme', 'Deploy'], ['/tenants/acme', 'Suspend'], ['/tenants/acme/settings', 'Delete tenant'], ['/tenants/acme/settings', 'Add'], ['/tokens', 'New token']] as const) {
      await page.goto(`/console${path}`)
      const opener = page.getByRole('button', { name: button, exact: true }).first()
      await opener.click()
      const dialog = page.getByRole('dialog')
      await dialog.waitFor()
      t.same(await inaccessible(page), [], `${button}, ${colorScheme}`)
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' })
      t.equal(await page.evaluate('document.activeElement.textContent'), button, 'the focus is back where it was')
    }
  }
})

t.test('by keyboard alone', async t => {
  const { page } = await openWindow(browser, provisioner, '/tenants')
  await page.getByLabel('API token').focus()
  await page.keyboard.type(token)
  await page.keyboard.press('Enter')
  await page.locator('tbody tr').first().waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('acme')
  await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Acme' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Acme', level: 1 }).waitFor()
  t.equal(await page.evaluate('document.activeElement.tagName'), 'H1', 'a new page begins with its heading')
})

t.test('the first load is small', async t => {
  const { page } = await openWindow(browser, provisioner)
  await signIn(page, token)
  await page.locator('main .card, main .note').first().waitFor()
  await page.goto('about:blank')
  // As who comes for the first time: nothing is kept.
  const client = await page.context().newCDPSession(page)
  await client.send('Network.enable')
  await client.send('Network.setCacheDisabled', { cacheDisabled: true })
  const loaded = new Map<string, number>()
  client.on('Network.dataReceived', ({ requestId, encodedDataLength }) => { loaded.set(requestId, (loaded.get(requestId) ?? 0) + encodedDataLength) })
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { loaded.set(requestId, encodedDataLength) })
  await page.goto('/console/')
  await page.locator('main .card, main .note').first().waitFor()
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
  const bytes = [...loaded.values()].reduce((sum, size) => sum + size, 0)
  t.ok(bytes > 30_000, 'it was measured')
  t.ok(bytes < BUDGET_BYTES, `${bytes} bytes with headers and the API's answers`)
  t.comment(`${bytes} bytes`)
})

t.test(`${MANY} tenants`, async t => {
  // Nobody works on them: they are rows, and not in the queue.
  await ground.postgres.admin(`
    WITH made AS (
      INSERT INTO tenants (id, slug, name, release, release_pinned, env, resources, database_server, observed_generation, ready_at, conditions)
      SELECT 'tn_' || lpad(n::text, 12, '0'), 'many-' || lpad(n::text, 5, '0'), 'Customer ' || n, '1', true, '{}', '{}', (SELECT name FROM database_servers LIMIT 1), 1, now(),
        '[{"type":"DatabaseReady","status":"True","reason":"Present","message":"It is there.","since":"2026-01-01T00:00:00Z","observedGeneration":1}]'
      FROM generate_series(1, $1::integer) n RETURNING id, slug)
    INSERT INTO domains (host, tenant_id, is_primary) SELECT slug || '.berth.test', id, true FROM made`, [MANY], 'berth_control')
  const { page, wrong } = await openWindow(browser, provisioner, '/tenants')
  await signIn(page, token)
  const rows = page.locator('tbody tr')
  await page.getByText('many-10000').first().waitFor()
  t.equal(await rows.count(), 50)
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByText('many-09950').first().waitFor()
  t.equal(await page.getByText('51–100').count(), 1)

  await page.getByRole('button', { name: 'Tenant' }).click()
  await page.locator('tbody tr', { hasText: 'Acme' }).waitFor()
  await page.getByRole('searchbox').pressSequentially('07777')
  await rows.nth(1).waitFor({ state: 'detached' })
  t.match(await rows.first().innerText(), 'Customer 7777')
  await page.getByRole('searchbox').fill('many-04242.berth.test')
  await page.getByText('Customer 4242').waitFor()
  t.match(new URL(page.url()).search, 'q=many-04242', 'and the address has it')
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByLabel('Status').selectOption('degraded')
  await rows.nth(1).waitFor({ state: 'detached' })
  t.match(await rows.first().innerText(), 'failing')
  await page.goBack()
  t.same(wrong, [])
})
