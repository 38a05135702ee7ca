import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ApiRefusal, callApi, localUrl } from './api.ts'
import type { Images } from './images.ts'
import { ROOT } from './installation.ts'
import type { Settings } from './settings.ts'

/** What of a tenant the bring-up looks at. */
interface Tenant {
  slug: string
  status: string
  url: string
  conditions?: ReadonlyArray<{ type: string, status: unknown, reason: string, message: string }>
}

/** From here it goes on without our help, or its operator wants it so. */
const SETTLED = new Set(['ready', 'asleep', 'suspended', 'failed'])
const DEADLINE_MS = 90_000

/** Registers the sample application as it is in the checkout. A changed one is another release; tenants move by deploys. */
export async function ensureSampleRelease (settings: Settings, images: Images): Promise<string> {
  const image = images.get('berth-tenant-app') as string
  const { version } = JSON.parse(await readFile(join(ROOT, 'tenant-app/package.json'), 'utf8')) as { version: string }
  const release = {
    version: `${version}-${(image.split(':')[1] as string).slice(0, 8)}`,
    image,
    port: 3000,
    healthPath: '/healthz',
    migrate: ['node', 'migrate.ts']
  }
  const answer = await callApi<Release>(settings, 'POST', '/v1/releases?wait=100', { body: release, headers: { 'idempotency-key': randomUUID() } })
  const made = answer.status !== 409
  if (made && answer.status >= 300) throw new ApiRefusal('POST /v1/releases', answer)
  await untilUsable(settings, release.version)
  return `${release.version}${made ? '' : ', present'}`
}

/** What of a release the bring-up looks at. */
interface Release { state: 'verifying' | 'usable' | 'rejected', conditions: ReadonlyArray<{ message: string }> }

async function untilUsable (settings: Settings, version: string): Promise<void> {
  const path = `/v1/releases/${version}`
  const deadline = performance.now() + DEADLINE_MS
  for (;;) {
    const { status, body } = await callApi<Release>(settings, 'GET', path)
    if (status === 200 && body.state === 'usable') return
    if (status === 200 && body.state === 'rejected') throw new Error(`The release ${version} was rejected: ${body.conditions[0]?.message ?? 'no reason given'}`)
    if (performance.now() > deadline) throw new Error(`The release ${version} is not proven after ${DEADLINE_MS / 1000} s; GET ${path}/events says how far it is.`)
    await delay(250)
  }
}

/** Makes the demo tenant unless it exists, and waits until it settles. Returns its address and how it is. */
export async function ensureDemoTenant (settings: Settings): Promise<string> {
  const slug = settings.BERTH_DEMO_TENANT
  const path = `/v1/tenants/${slug}`
  let answer = await callApi<Tenant>(settings, 'GET', path)
  const made = answer.status === 404
  if (made) {
    const body = { slug, name: slug.charAt(0).toUpperCase() + slug.slice(1) }
    answer = await callApi<Tenant>(settings, 'POST', '/v1/tenants?wait=60', { body, headers: { 'idempotency-key': randomUUID() } })
  }
  if (answer.status >= 300) throw new ApiRefusal(made ? 'POST /v1/tenants' : `GET ${path}`, answer)

  let tenant = answer.body
  const deadline = performance.now() + DEADLINE_MS
  while (!SETTLED.has(tenant.status) && performance.now() < deadline) {
    await delay(250)
    const again = await callApi<Tenant>(settings, 'GET', path)
    if (again.status !== 200) throw new ApiRefusal(`GET ${path}`, again)
    tenant = again.body
  }
  if (tenant.status === 'suspended') return `${tenant.url} is suspended`
  if (tenant.status !== 'ready' && tenant.status !== 'asleep') throw new Error(complaint(tenant))
  await askThroughGateway(settings, new URL(tenant.url).host)
  return `${tenant.url}${made ? '' : ', present'}`
}

/** The proof of the whole path: the page, from the gateway, under the tenant's name. */
async function askThroughGateway (settings: Settings, host: string): Promise<void> {
  const gateway = localUrl(settings.BERTH_GATEWAY_HOST, settings.BERTH_GATEWAY_PORT)
  const deadline = performance.now() + 15_000
  for (;;) {
    const status = await askOnce(gateway, host)
    if (status === 200) return
    if (performance.now() > deadline) throw new Error(`The gateway answers ${status} for ${host}, although the tenant is ready.`)
    await delay(200)
  }
}

/** By node:http, since fetch does not let its caller choose the Host. */
function askOnce (url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { host }, agent: false, timeout: 10_000 }, answer => {
      answer.resume()
      resolve(answer.statusCode as number)
    })
    request.on('timeout', () => { request.destroy(new Error(`The gateway did not answer for ${host} in 10 s.`)) })
    request.on('error', reject)
  })
}

function complaint ({ slug, status, conditions = [] }: Tenant): string {
  const unmet = conditions.filter(condition => condition.status !== true && condition.status !== 'True' && condition.status !== 'true')
  return [`The tenant ${slug} is ${status}.`, ...unmet.map(({ type, reason, message }) => `    ${type}: ${reason}: ${message}`)].join('\n')
}
