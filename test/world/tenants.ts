import type { ProvisionerProcess } from './provisioner.ts'
import type { Ground } from './installation.ts'
import { run } from '../../deploy/command.ts'
import { waitFor } from './wait-for.ts'

/** A tenant as the API shows it. */
export interface TenantView {
  id: string
  slug: string
  name: string
  status: string
  url: string
  domains: Array<{ host: string, primary: boolean }>
  release: string
  generation: number
  observedGeneration: number
  conditions: Array<{ type: string, status: string, reason: string, message: string }>
}

export interface EventView { id: number, level: string, reason: string, message: string, data: { output?: string[] } | null }

/** The sample application as release `version`. */
export const SAMPLE_RELEASE = { version: '1', image: 'berth-tenant-app', port: 3000, healthPath: '/healthz', migrate: ['node', 'migrate.ts'] }

export interface ReleaseView {
  version: string
  state: string
  conditions: Array<{ type: string, status: string, reason: string, message: string }>
  pinned: string | null
  migratesFrom: string | null
  migrates: boolean | null
}

/** Creates the sample release, and waits until it is usable. */
export async function createRelease (provisioner: ProvisionerProcess, release: Record<string, unknown> = {}): Promise<ReleaseView> {
  const made = await proveRelease(provisioner, release)
  if (made.state !== 'usable') throw new Error(`The release is ${made.state}: ${JSON.stringify(made.conditions)}`)
  return made
}

/** The same whether it turns out usable or not. */
export async function proveRelease ({ api }: ProvisionerProcess, release: Record<string, unknown> = {}): Promise<ReleaseView> {
  const response = await api('POST', '/v1/releases?wait=90', { ...SAMPLE_RELEASE, ...release })
  if (response.status !== 201) throw new Error(`The release was not created: ${response.status} ${response.text}`)
  return response.json<ReleaseView>()
}

/** A release that counts as proven because it was there before releases were: so tenants can be at one that is bad. */
export async function leaveOldRelease (ground: Ground, release: Record<string, unknown> = {}): Promise<void> {
  const { version, image, port, healthPath, migrate, resources, strategy } = { resources: {}, ...SAMPLE_RELEASE, ...release } as Record<string, unknown>
  await ground.postgres.admin(`
    INSERT INTO releases (id, version, state, image, port, health_path, migrate, env, resources, volume, strategy)
    VALUES ('rl_' || substr(md5($1), 1, 12), $1, 'usable', $2, $3, $4, $5, '{}', $6, false, $7)`,
  [version, image, port, healthPath, migrate ?? null, JSON.stringify(resources), strategy ?? null], 'berth_control')
}

/** Creates a tenant and waits until it is settled. */
export async function createTenant ({ api }: ProvisionerProcess, slug: string, rest: Record<string, unknown> = {}): Promise<TenantView> {
  const response = await api('POST', '/v1/tenants?wait=90', { slug, ...rest })
  if (response.status !== 201) throw new Error(`The tenant was not created: ${response.status} ${response.text}`)
  return response.json<TenantView>()
}

export async function getTenant ({ api }: ProvisionerProcess, idOrSlug: string): Promise<TenantView> {
  const response = await api('GET', `/v1/tenants/${idOrSlug}`)
  if (response.status !== 200) throw new Error(`The tenant was not found: ${response.status} ${response.text}`)
  return response.json<TenantView>()
}

export async function tenantEvents ({ api }: ProvisionerProcess, idOrSlug: string): Promise<EventView[]> {
  return (await api('GET', `/v1/tenants/${idOrSlug}/events?limit=200`)).json<{ items: EventView[] }>().items
}

export async function releaseEvents ({ api }: ProvisionerProcess, version: string): Promise<EventView[]> {
  return (await api('GET', `/v1/releases/${version}/events?limit=200`)).json<{ items: EventView[] }>().items
}

/** Waits until a tenant has this status for its present generation. */
export async function waitForStatus (provisioner: ProvisionerProcess, idOrSlug: string, status: string, timeoutMs = 30_000): Promise<TenantView> {
  return await waitFor(`${idOrSlug} to be ${status}`, async () => {
    const tenant = await getTenant(provisioner, idOrSlug).catch(() => null)
    return tenant !== null && tenant.status === status && tenant.observedGeneration === tenant.generation ? tenant : null
  }, { timeoutMs })
}

/** Names of the containers of tenants, running or not. */
export async function tenantContainers (ground: Ground, tenantId?: string): Promise<string[]> {
  const label = tenantId === undefined ? 'berth.tenant' : `berth.tenant=${tenantId}`
  const output = await run('docker', ['ps', '--all', '--filter', `label=berth.installation=${ground.installation}`, '--filter', `label=${label}`, '--format', '{{.Names}}'])
  return output.split('\n').filter(name => name !== '').sort()
}

/** Names of the databases and of the roles of tenants. */
export async function tenantDatabases (ground: Ground): Promise<{ databases: string[], roles: string[] }> {
  const { rows } = await ground.postgres.admin(`
    SELECT ARRAY(SELECT datname::text FROM pg_database WHERE datname LIKE 'tn\\_%' ORDER BY 1) AS databases,
           ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'tn\\_%' ORDER BY 1) AS roles`)
  return rows[0] as { databases: string[], roles: string[] }
}
