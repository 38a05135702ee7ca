import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { findChromium } from './chromium.ts'
import type { ProvisionerProcess } from './provisioner.ts'
import type { Teardown } from './teardown.ts'

/** How long something may take to be seen: what Berth does behind it takes seconds. */
export const SEEN_MS = 20_000

export const PHONE = { width: 390, height: 844 }
export const DESKTOP = { width: 1360, height: 900 }

export async function openBrowser (t: Teardown): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error('Chromium is not found; "node test/world/chromium.ts" installs it.')
  // Containers have a small /dev/shm, and tests are root. Tenants' hosts are on this machine.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--host-resolver-rules=MAP *.berth.test 127.0.0.1'] })
  t.teardown(async () => { await browser.close() })
  return browser
}

export interface Window {
  page: Page
  /** Errors of scripts, and what the policy refused, so far. */
  wrong: string[]
}

/** A window of its own, with cookies of its own, at a page of the console. */
export async function openWindow (browser: Browser, { port }: Pick<ProvisionerProcess, 'port'>, path = '/', options: BrowserContextOptions = {}): Promise<Window> {
  const context = await browser.newContext({ baseURL: `http://127.0.0.1:${port}`, locale: 'en-GB', timezoneId: 'Asia/Tokyo', viewport: DESKTOP, ...options })
  context.setDefaultTimeout(SEEN_MS)
  const page = await context.newPage()
  const wrong: string[] = []
  page.on('pageerror', err => { wrong.push(String(err)) })
  page.on('console', message => {
    // What the API refuses is said on the page; the browser says it here too.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) wrong.push(message.text())
  })
  page.on('dialog', dialog => {
    wrong.push(`a dialog: ${dialog.message()}`)
    dialog.dismiss().catch(() => {})
  })
  await page.goto(`/console${path}`)
  return { page, wrong }
}

/** Signs in where the window is, which is where it stays. */
export async function signIn (page: Page, token: string): Promise<void> {
  await page.getByLabel('API token').fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Console' }).or(page.getByRole('button', { name: 'Open the menu' })).first().waitFor()
}

/** Goes to another page of the console as a link does, without loading it anew. */
export async function goTo (page: Page, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', ${JSON.stringify(`/console${path}`)}); dispatchEvent(new PopStateEvent('popstate'))`)
}
