// Whatever tenants and operators write stays text in the console.
import t from 'tap'
import type { Test } from 'tap'
import { attempt } from '../../deploy/command.ts'
import { openBrowser, openWindow, signIn } from '../world/browser.ts'
import { startGateway } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import { layGround } from '../world/installation.ts'
import { startProvisioner } from '../world/provisioner.ts'
import { createRelease, createTenant, tenantContainers } from '../world/tenants.ts'
import { waitFor } from '../world/wait-for.ts'

const XSS = '<img src=x onerror=alert(1)><script>alert(2)</script>"\'><svg/onload=alert(3)>{{7*7}}javascript:alert(4)'
const NAME = XSS.slice(0, 100)

const ground = await layGround(t, 'console-text', 15)
const provisioner = await startProvisioner(t, ground)
const gateway = await startGateway(t, { redis: ground.redis })
await createRelease(provisioner, { env: { FROM_RELEASE: XSS.replace('{{7*7}}', '') } })
const { id } = await createTenant(provisioner, 'evil', { name: NAME, env: { EVIL: XSS.replace('{{7*7}}', '') } })
const [container] = await tenantContainers(ground, id)
const browser = await openBrowser(t)
const { page, wrong } = await openWindow(browser, provisioner, '/tenants')
await signIn(page, ground.env.BERTH_ADMIN_TOKEN as string)

/** That no element came of the strings, no script ran, and the policy had nothing to refuse. */
async function requireText (t: Test): Promise<void> {
  t.equal(await page.locator('main img, svg[onload], script:not([src]), a[href^="javascript:"]').count(), 0, 'no element came of it')
  t.same(wrong, [], 'no script ran, and nothing had to be refused')
}

t.test('in names', async t => {
  await page.getByText(NAME).first().waitFor()
  await page.goto('/console/tenants/evil')
  await page.getByRole('heading', { level: 1 }).getByText(NAME, { exact: true }).waitFor()
  await page.goto('/console/')
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await page.goto(`/console/tenants?q=${encodeURIComponent(XSS)}`)
  t.equal(await page.getByRole('searchbox').inputValue(), XSS)
  await requireText(t)
})

t.test('in the environment', async t => {
  await page.goto('/console/tenants/evil/settings')
  await page.getByRole('button', { name: 'Show EVIL' }).click()
  await page.getByText('onerror=alert(1)', { exact: false }).last().waitFor()
  await page.goto('/console/releases/1')
  await page.getByRole('button', { name: 'Show FROM_RELEASE' }).click()
  t.match(await page.locator('.env-value').innerText(), '<script>alert(2)</script>')
  await requireText(t)
})

t.test('in lines of logs', async t => {
  await page.goto('/console/tenants/evil/logs')
  await page.getByRole('log').waitFor()
  const { code, stderr } = await attempt('docker', ['exec', '--env', `LINE=${XSS}`, container as string, 'sh', '-c', 'printf "%s\\n" "$LINE" > /proc/1/fd/1'])
  t.equal(code, 0, stderr)
  await page.getByRole('log').getByText(XSS).waitFor()
  await page.getByRole('searchbox').fill('<script>')
  await page.locator('mark', { hasText: '<script>' }).waitFor()
  await requireText(t)
})

t.test('in addresses', async t => {
  for (const path of [`/tenants/${encodeURIComponent(XSS)}`, `/releases/${encodeURIComponent(XSS)}`, `/${encodeURIComponent(XSS)}`, `/audit?actor=${encodeURIComponent(XSS)}&from=${encodeURIComponent(XSS)}`]) {
    await page.goto(`/console${path}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
  }
  await requireText(t)
})

t.test('in events, and in what a deploy says', async t => {
  await page.goto('/console/tenants/evil/events')
  await page.locator('.event').first().waitFor()
  await ground.postgres.admin('INSERT INTO events (tenant_id, level, reason, message, data) VALUES ($1, \'error\', \'Evil\', $2, $3)', [id, XSS, JSON.stringify({ output: [XSS] })], 'berth_control')
  await ground.postgres.admin("SELECT pg_notify('berth_events', $1)", [id], 'berth_control')
  await page.locator('.event pre', { hasText: '<svg/onload=alert(3)>' }).waitFor()
  await requireText(t)
})

t.test('in notes of the tenant\'s own application', async t => {
  const posted = await waitFor('the note to be taken', async () => {
    const answer = await request({ port: gateway.port, host: 'evil.berth.test', path: '/api/notes', method: 'POST', body: { text: XSS } })
    return answer.status === 201 ? answer : null
  })
  t.equal(posted.status, 201)
  await page.goto(`http://evil.berth.test:${gateway.port}/`)
  await page.getByText(XSS).first().waitFor()
  await requireText(t)
})
