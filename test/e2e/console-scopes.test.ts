// What a token may not do it is not shown, and is refused when it tries by hand.
import t from 'tap'
import type { Page } from 'playwright-core'
import { goTo, openBrowser, openWindow, signIn } from '../world/browser.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, getTenant } from '../world/tenants.ts'

const ground = await layGround(t, 'console-scopes', 15)
const provisioner = await startProvisioner(t, ground)
const { api } = provisioner
await createRelease(provisioner)
const acme = await createTenant(provisioner, 'acme')
await createTenant(provisioner, 'umbra')
const browser = await openBrowser(t)

async function tokenFor (scope: string, more: object = {}): Promise<{ id: string, secret: string }> {
  return (await api('POST', '/v1/tokens', { name: `${scope} of a test`, scope, ...more })).json()
}

/** A request from the page itself, with its cookie and its CSRF token: what somebody does who does not take no for an answer. */
async function byHand (page: Page, method: string, path: string, body?: object): Promise<{ status: number, code: string | null }> {
  return await page.evaluate(`(async () => {
    const { csrfToken } = await (await fetch('/v1/session')).json()
    const answer = await fetch(${JSON.stringify(path)}, { method: ${JSON.stringify(method)}, headers: { 'x-csrf-token': csrfToken${body === undefined ? '' : ", 'content-type': 'application/json'"} }${body === undefined ? '' : `, body: ${JSON.stringify(JSON.stringify(body))}`} })
    const text = await answer.text()
    return { status: answer.status, code: text === '' ? null : JSON.parse(text).code ?? null }
  })()`)
}

async function buttonsAt (page: Page, path: string, ready: string): Promise<string[]> {
  await page.goto(`/console${path}`)
  await page.getByRole('heading', { name: ready, level: 1 }).waitFor()
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
  return await page.locator('main').locator('button, a.button').evaluateAll(elements => elements.map(element => (element as unknown as { textContent: string }).textContent))
}

const FORBIDDEN = /^(?:New |Deploy|Roll|Restart|Suspend|Resume|Add|Save|Make primary|Delete|Create |Revoke)/

t.test('a token that may only read sees nothing to press, and gets 403', async t => {
  const { page, wrong } = await openWindow(browser, provisioner)
  await signIn(page, (await tokenFor('read')).secret)
  const entries = await page.getByRole('navigation', { name: 'Console' }).getByRole('link').allTextContents()
  t.same(entries, ['Overview', 'Tenants', 'Releases', 'Rollouts'], 'neither tokens nor audit')
  for (const [path, heading] of [['/tenants', 'Tenants'], ['/tenants/acme', 'acme'], ['/tenants/acme/domains', 'acme'], ['/tenants/acme/settings', 'acme'], ['/releases', 'Releases'], ['/releases/1', '1'], ['/rollouts', 'Rollouts']] as const) {
    t.same((await buttonsAt(page, path, heading)).filter(text => FORBIDDEN.test(text)), [], path)
  }
  for (const path of ['/tenants/new', '/releases/new', '/rollouts/new']) {
    await page.goto(`/console${path}`)
    await page.getByText('Your token may only read').waitFor()
  }
  for (const [method, path, body] of [
    ['POST', '/v1/tenants', { slug: 'mine' }], ['POST', '/v1/tenants/acme/suspend', undefined], ['POST', '/v1/tenants/acme/deploy', { release: '1' }], ['PATCH', '/v1/tenants/acme', { name: 'mine' }],
    ['DELETE', '/v1/tenants/acme', undefined], ['GET', '/v1/tokens', undefined], ['POST', '/v1/tokens', { name: 'mine', scope: 'admin' }], ['GET', '/v1/audit', undefined]
  ] as const) t.same(await byHand(page, method, path, body), { status: 403, code: 'forbidden_scope' }, `${method} ${path}`)
  t.match(await getTenant(provisioner, 'acme'), { status: 'ready', name: 'acme', generation: acme.generation })
  await page.goto('/console/tokens')
  await page.locator('main .note.tone-bad').waitFor()
  t.same(wrong, [])
})

t.test('one that may operate deletes nothing', async t => {
  const { page } = await openWindow(browser, provisioner)
  await signIn(page, (await tokenFor('operate')).secret)
  const buttons = await buttonsAt(page, '/tenants/acme/settings', 'acme')
  t.ok(buttons.includes('Deploy') && buttons.includes('Save'))
  t.notOk(buttons.some(text => text.startsWith('Delete')))
  t.match(await byHand(page, 'DELETE', '/v1/tenants/acme'), { status: 403, code: 'forbidden_scope' })
})

t.test('one that is limited to a tenant sees that alone', async t => {
  const { page } = await openWindow(browser, provisioner, '/tenants')
  await signIn(page, (await tokenFor('operate', { tenants: ['acme'] })).secret)
  await page.getByRole('link', { name: 'acme' }).waitFor()
  t.equal(await page.locator('tbody tr').count(), 1)
  t.same(await page.getByRole('navigation', { name: 'Console' }).getByRole('link').allTextContents(), ['Overview', 'Tenants', 'Releases'])
  await page.goto('/console/tenants/umbra')
  await page.getByText('There is no such tenant').waitFor()
})

t.test('a token is made, shown once, used and revoked', async t => {
  const { page } = await openWindow(browser, provisioner, '/tokens')
  await signIn(page, ground.env.BERTH_ADMIN_TOKEN as string)
  await page.getByRole('button', { name: 'New token' }).first().click()
  await page.getByLabel('Name').fill('of a colleague')
  await page.getByLabel('Scope').selectOption('operate')
  await page.getByRole('button', { name: 'Create token' }).click()
  const secret = await page.locator('.secret code').innerText()
  t.match(secret, /^bth_[a-z0-9]{12}_[A-Za-z0-9]{32,}$/)
  await page.getByRole('button', { name: 'I have it' }).click()
  const row = page.getByRole('row', { name: /of a colleague/ })
  await row.waitFor()
  t.notMatch(await page.content(), secret, 'and never again')

  const other = await openWindow(browser, provisioner, '/tenants')
  await signIn(other.page, secret)
  await other.page.getByRole('heading', { name: 'Tenants', level: 1 }).waitFor()
  await row.getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await row.waitFor({ state: 'detached' })
  // The page may have noticed by itself: no link of it can be relied on.
  await goTo(other.page, '/tenants/acme')
  await other.page.getByText('Your session has ended').waitFor()
  await signIn(other.page, ground.env.BERTH_ADMIN_TOKEN as string)
  await other.page.getByRole('heading', { name: 'acme', level: 1 }).waitFor()
  t.equal(new URL(other.page.url()).pathname, '/console/tenants/acme', 'and one goes on where one was')
})

t.test('a change without the CSRF token is refused', async t => {
  const { page } = await openWindow(browser, provisioner, '/tenants')
  await signIn(page, ground.env.BERTH_ADMIN_TOKEN as string)
  const status = await page.evaluate('fetch("/v1/tenants/acme/suspend", { method: "POST" }).then(answer => answer.json()).then(({ code }) => code)')
  t.equal(status, 'csrf_failed')
  t.equal((await getTenant(provisioner, 'acme')).status, 'ready')
})
