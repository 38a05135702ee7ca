// Webhooks and proofs in Chromium: what the console says of them is compared with what the receiver and the API say.
import t from 'tap'
import { openBrowser, openWindow, signIn } from '../world/browser.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { startReceiver } from '../world/receiver.ts'
import { SAMPLE_RELEASE } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

const ground = await layGround(t, 'console-work', 15)
const receiver = await startReceiver(t, 'bt-hooks-console')
const provisioner = await startProvisioner(t, ground, { BERTH_WEBHOOK_ALLOW: receiver.network })
const { api } = provisioner
const browser = await openBrowser(t)
const { page, wrong } = await openWindow(browser, provisioner, '/webhooks')
await signIn(page, ground.env.BERTH_ADMIN_TOKEN as string)
const badge = page.locator('.page-title .badge')
const rows = page.locator('tbody tr')
const rowsThatAre = (word: string) => rows.filter({ has: page.locator('.badge', { hasText: word }) })
const disabledWebhooks = async () => (await api('GET', '/v1/overview')).json<{ webhooks: Array<{ id: string, waiting: number }> }>().webhooks

t.test('a webhook is made, with its secret shown once', async t => {
  await page.getByRole('button', { name: 'New webhook' }).first().click()
  const address = page.getByLabel('Address')
  await address.fill(`http://${receiver.gateway}:7070/v1/tenants`)
  await page.getByRole('button', { name: 'Create webhook' }).click()
  await page.getByRole('dialog').getByText('it is this machine').waitFor()
  await address.fill(receiver.url)
  await page.getByRole('button', { name: 'Create webhook' }).click()
  const secret = await page.locator('.secret code').innerText()
  t.match(secret, /^whsec_/)
  await page.getByRole('button', { name: 'I have it' }).click()
  await page.getByRole('link', { name: receiver.url }).click()
  await page.getByRole('heading', { name: new URL(receiver.url).host, level: 1 }).waitFor()
  t.match(await badge.textContent(), 'Active')
  t.notMatch(await page.content(), secret)
})

t.test('what was sent is listed with what came of it', async t => {
  await page.getByRole('button', { name: 'Send a test' }).click()
  await rowsThatAre('Delivered').waitFor()
  t.match(receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type), ['webhook.Test'])
  receiver.answer(response => { response.writeHead(500).end('no') })
  await page.getByRole('button', { name: 'Send a test' }).click()
  await rowsThatAre('Waiting').getByText('It answered 500.').waitFor()
})

t.test('one that is given up says so, also where one looks first', async t => {
  receiver.answer(response => { response.writeHead(410).end() })
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByText('It is disabled', { exact: true }).waitFor()
  t.match(await badge.textContent(), 'Disabled')
  await rowsThatAre('Held').nth(1).waitFor()
  t.equal(await rowsThatAre('Waiting').count(), 0, 'nothing is said to come by itself')
  t.match(await disabledWebhooks(), [{ waiting: 2, host: new URL(receiver.url).host }])
  await page.getByRole('link', { name: 'Overview' }).click()
  await page.getByRole('link', { name: /^Webhook to / }).click()
  await page.getByText('It is disabled', { exact: true }).waitFor()
})

t.test('and takes what was held when it is enabled', async t => {
  receiver.answer(response => { response.end() })
  await page.getByRole('button', { name: 'Enable' }).click()
  await rowsThatAre('Waiting').first().or(rowsThatAre('Delivered').nth(1)).first().waitFor()
  for (const again of await page.getByRole('button', { name: /^Send dl_.* again$/ }).all()) await again.click()
  await rowsThatAre('Delivered').nth(2).waitFor()
  t.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 3)
  t.strictSame(await disabledWebhooks(), [])
})

t.test('one that is disabled by hand is as it is wanted', async t => {
  await page.getByRole('button', { name: 'Disable' }).click()
  await page.getByText('It was disabled by hand.').waitFor()
  t.strictSame(await disabledWebhooks(), [])
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No webhooks yet').waitFor()
  t.match((await api('GET', '/v1/webhooks')).json(), { items: [] })
})

t.test('a proof that hangs is cancelled', async t => {
  t.equal((await api('POST', '/v1/releases', { ...SAMPLE_RELEASE, version: 'hangs', image: 'berth-tenant-app:never-healthy' })).status, 202)
  await page.goto('/console/releases/hangs')
  await page.getByText('It is being proven').waitFor()
  await page.getByRole('button', { name: 'Cancel the proof' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the proof' }).click()
  await badge.getByText('Rejected').waitFor()
  t.match((await api('GET', '/v1/releases/hangs')).json(), { state: 'rejected', conditions: [{ reason: 'Cancelled' }] })
  await waitFor('the button to be gone', async () => await page.getByRole('button', { name: 'Cancel the proof' }).count() === 0)
  t.same(wrong, [])
})
