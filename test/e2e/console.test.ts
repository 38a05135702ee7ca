// A tenant's life as an operator sees it, in Chromium: what the console says is compared with what the API and the gateway say.
import t from 'tap'
import { startGateway } from '../world/gateway.ts'
import { openBrowser, openWindow, SEEN_MS, signIn } from '../world/browser.ts'
import { request } from '../world/http.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, getTenant, leaveOldRelease } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

const ground = await layGround(t, 'console', 15)
const provisioner = await startProvisioner(t, ground)
const gateway = await startGateway(t, { redis: ground.redis })
const { api } = provisioner
await createRelease(provisioner)
await createRelease(provisioner, { version: '2' })
await leaveOldRelease(ground, { version: 'broken', image: 'berth-tenant-app:never-healthy' })

const browser = await openBrowser(t)
const { page, wrong } = await openWindow(browser, provisioner, '/tenants')
const token = ground.env.BERTH_ADMIN_TOKEN as string
const status = page.locator('.page-title .badge')
const toast = (text: RegExp) => page.locator('.toast', { hasText: text })

t.test('signing in leads to where one wanted to go', async t => {
  await page.getByLabel('API token').fill('bth_wrong0000000_wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('This token is not known').waitFor()
  await signIn(page, token)
  await page.getByRole('heading', { name: 'Tenants', level: 1 }).waitFor()
  t.equal(new URL(page.url()).pathname, '/console/tenants')
  await page.getByText('No tenants yet').waitFor()
  const [cookie] = await page.context().cookies()
  t.match(cookie, { name: 'berth_session', httpOnly: true, sameSite: 'Strict' })
  t.equal(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])'), '[{},{},""]', 'nothing of it can be read by a script')
})

t.test('a tenant is made, and followed to its page', async t => {
  await page.getByRole('link', { name: 'New tenant' }).first().click()
  const slug = page.getByLabel('Slug')
  await page.getByLabel('Name').fill('Böhm & Söhne')
  t.equal(await slug.inputValue(), 'bohm-sohne', 'a slug is proposed')
  await slug.fill('Acme')
  await page.getByText('Small letters only.').waitFor()
  await slug.fill('acme')
  await page.getByText('It is free.').waitFor()
  await page.getByLabel('Further domains').fill('http://acme.example')
  await page.getByText('without http://').waitFor()
  await page.getByLabel('Further domains').fill('')
  await page.getByLabel('Environment').fill('GREETING=hello')
  await page.getByLabel('Release').selectOption('1')
  await page.getByRole('button', { name: 'Create tenant' }).click()
  await page.getByText('is ready', { exact: false }).first().waitFor()
  const tenant = await getTenant(provisioner, 'acme')
  t.match(tenant, { name: 'Böhm & Söhne', status: 'ready', release: '1' }, 'and so it is')
  t.equal(await page.locator('.step.tone-good').count(), 4, 'every step is done')
  t.equal(await page.getByRole('link', { name: tenant.url }).getAttribute('href'), tenant.url)
  await page.getByRole('link', { name: 'To its page' }).first().click()
  await page.getByRole('heading', { name: 'Böhm & Söhne', level: 1 }).waitFor()
  t.match(await status.textContent(), 'Ready')
  t.equal((await request({ port: gateway.port, host: 'acme.berth.test' })).status, 200)
})

t.test('a slug that is taken is said before it is sent', async () => {
  await page.goto('/console/tenants/new')
  await page.getByLabel('Slug').fill('acme')
  await page.getByText('Another tenant has this slug.').waitFor()
  await page.goto('/console/tenants/acme')
})

t.test('a domain is added, made primary, and removed', async t => {
  await page.getByRole('navigation', { name: 'Parts of the tenant' }).getByRole('link', { name: 'Domains' }).click()
  await page.getByLabel('Host').fill('Bücher.example')
  await page.getByRole('button', { name: 'Add domain' }).click()
  const row = page.getByRole('row', { name: /xn--bcher-kva\.example/ })
  await row.waitFor()
  await toast(/done/).first().waitFor()
  await waitFor('the domain to lead to it', async () => (await request({ port: gateway.port, host: 'xn--bcher-kva.example' })).status === 200)
  await row.getByRole('button', { name: 'Make primary' }).click()
  await row.getByText('Primary', { exact: true }).waitFor()
  t.equal((await getTenant(provisioner, 'acme')).url, 'http://xn--bcher-kva.example:8080')
  await page.getByRole('row', { name: /acme\.berth\.test/ }).getByRole('button', { name: 'Make primary' }).click()
  await row.getByRole('button', { name: 'Remove xn--bcher-kva.example' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await row.waitFor({ state: 'detached' })
  t.equal((await getTenant(provisioner, 'acme')).domains.length, 1)
})

t.test('a domain that another tenant has is explained', async () => {
  await createTenant(provisioner, 'other', { release: '1', domains: ['taken.example'] })
  await page.getByLabel('Host').fill('taken.example')
  await page.getByRole('button', { name: 'Add domain' }).click()
  await page.getByText(/"taken\.example".*(?:tenant|in use)/).waitFor()
})

async function deploy (release: string): Promise<void> {
  await page.getByRole('button', { name: 'Deploy' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Release').selectOption(release)
  await dialog.getByRole('button', { name: 'Deploy' }).click()
  await dialog.waitFor({ state: 'detached' })
}

t.test('a deploy is done when it was observed', async t => {
  await page.getByRole('link', { name: 'Overview' }).last().click()
  await deploy('2')
  await toast(/Deploy of 2: done\. acme is ready, at release 2/).waitFor()
  t.match(await getTenant(provisioner, 'acme'), { release: '2', status: 'ready' })
  t.match(await status.textContent(), 'Ready')
})

t.test('one that fails is explained, and rolled back', async t => {
  await deploy('broken')
  const state = page.locator('.note.tone-warn')
  await state.getByText(/Never healthy: The instance did not become ready/).waitFor()
  await state.getByText(/its health path never answered/).waitFor()
  t.match(await status.textContent(), 'Degraded')
  await toast(/Deploy of broken: it did not work/).waitFor()
  await state.getByRole('link', { name: 'Events' }).click()
  await page.locator('.event.tone-bad').first().waitFor()
  t.equal((await request({ port: gateway.port, host: 'acme.berth.test' })).status, 200, 'the old instance serves on')
  await page.getByRole('button', { name: 'Roll back' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click()
  await page.locator('.page-title .badge', { hasText: 'Ready' }).waitFor()
  await waitFor('the API to say so', async () => (await getTenant(provisioner, 'acme')).release === '2')
})

t.test('what others do is seen as it happens', async () => {
  await api('POST', '/v1/tenants/acme/restart')
  await page.locator('.event', { hasText: 'Restart requested' }).waitFor()
  await page.locator('.page-title .badge', { hasText: 'Ready' }).waitFor()
})

t.test('logs come as they are written, and are searched', async t => {
  await page.getByRole('navigation', { name: 'Parts of the tenant' }).getByRole('link', { name: 'Logs' }).click()
  await page.getByRole('log').getByText('Server listening').first().waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('LISTENING')
  await page.locator('mark').first().waitFor()
  t.match(await page.locator('mark').first().textContent(), /^listening$/i)
  await page.getByRole('searchbox').fill('no such line')
  await page.getByText('No line has “no such line”.').waitFor()
})

t.test('secrets of the environment are masked until they are asked for', async t => {
  await page.getByRole('navigation', { name: 'Parts of the tenant' }).getByRole('link', { name: 'Settings' }).click()
  await page.getByText('GREETING', { exact: true }).waitFor()
  t.notMatch(await page.locator('main').innerText(), 'hello')
  await page.getByRole('button', { name: 'Show GREETING' }).click()
  t.match(await page.locator('main').innerText(), 'hello')
})

t.test('limits are changed without a restart', async t => {
  await page.getByLabel('Requests a second').fill('50')
  await page.locator('section', { has: page.getByRole('heading', { name: 'Limits' }) }).getByRole('button', { name: 'Save' }).click()
  await toast(/Limits: done/).waitFor()
  t.match((await api('GET', '/v1/tenants/acme')).json(), { limits: { requestsPerSecond: 50 } })
})

t.test('suspend and resume', async t => {
  await page.getByRole('button', { name: 'Suspend' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click()
  await page.locator('.page-title .badge', { hasText: 'Suspended' }).waitFor()
  t.equal((await request({ port: gateway.port, host: 'acme.berth.test' })).status, 403)
  t.equal(await page.getByRole('button', { name: 'Restart' }).count(), 0)
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
  await page.locator('.page-title .badge', { hasText: 'Ready' }).waitFor()
})

t.test('while the API is away that is said, and afterwards it goes on', async t => {
  await page.context().setOffline(true)
  await page.getByText('The API cannot be reached.').waitFor()
  t.match(await page.getByRole('heading', { level: 1 }).textContent(), 'Böhm & Söhne', 'what is known stays')
  await page.context().setOffline(false)
  await page.getByText('The API cannot be reached.').waitFor({ state: 'detached' })
})

t.test('delete, with the slug typed', async t => {
  await page.getByRole('button', { name: 'Delete tenant' }).click()
  const dialog = page.getByRole('dialog')
  const button = dialog.getByRole('button', { name: 'Delete for good' })
  t.ok(await button.isDisabled())
  await dialog.getByLabel('Type acme to confirm').fill('acm')
  t.ok(await button.isDisabled(), 'and it has to be the whole')
  await dialog.getByLabel('Type acme to confirm').fill('acme')
  await button.click()
  await page.getByText('This tenant is gone').waitFor()
  t.equal((await api('GET', '/v1/tenants/acme')).status, 404)
})

t.test('a rollout fills its matrix', async t => {
  await createTenant(provisioner, 'third', { release: '1' })
  await page.goto('/console/rollouts/new?release=2')
  await page.getByRole('button', { name: 'Begin the rollout' }).click()
  await page.locator('.page-title .badge', { hasText: 'Done' }).waitFor()
  await page.locator('.cell.moved').nth(1).waitFor()
  t.equal(await page.locator('.cell').count(), 2)
  t.match(await getTenant(provisioner, 'third'), { release: '2' })
})

t.test('signing out ends the session', async t => {
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('You are signed out.').waitFor({ timeout: SEEN_MS })
  t.equal((await page.request.get('/v1/tenants')).status(), 401)
  t.same(wrong, [], 'and nothing went wrong in the page meanwhile')
})
