import { createHash } from 'node:crypto'
import type { Env, Release, Resources } from '../tenants/tenant.ts'

export const LABELS = {
  installation: 'berth.installation',
  tenant: 'berth.tenant',
  release: 'berth.release',
  specHash: 'berth.spec-hash',
  role: 'berth.role'
} as const

/** Counted into the hash: a change of how containers are made replaces them. */
export const SPEC_VERSION = 1
export const DEFAULT_RESOURCES: Resources = { memoryBytes: 256 * 2 ** 20, cpus: 1, pids: 128 }
/** Who runs in an image that names no user of its own, or root. */
export const FALLBACK_USER = '10001:10001'
/** So often the engine starts an instance again by itself; then it is ours to back off. */
export const MAX_RESTARTS = 5
const TMP_BYTES = 64 * 2 ** 20

/** All that decides how the containers of a tenant are made, apart from the address. */
export interface InstanceSpec {
  release: string
  image: string
  port: number
  healthPath: string
  migrate: string[] | null
  env: Env
  resources: Resources
  volume: boolean
  restarts: number
  runtime: string
}

/** The values that `{{…}}` in an env value can stand for. */
export interface TemplateValues {
  database: { host: string, port: string, name: string, user: string, password: string }
  tenant: { id: string, slug: string, url: string }
}

const TEMPLATE = /\{\{\s*([a-zA-Z.]+)\s*\}\}/g
const TEMPLATE_NAMES = ['database.host', 'database.port', 'database.name', 'database.user', 'database.password', 'tenant.id', 'tenant.slug', 'tenant.url']

/** The names in `{{…}}` of a value that stand for nothing. */
export function unknownTemplates (value: string): string[] {
  return [...value.matchAll(TEMPLATE)].map(match => match[1] as string).filter(name => !TEMPLATE_NAMES.includes(name))
}

export function fillTemplates (value: string, values: TemplateValues): string {
  return value.replace(TEMPLATE, (whole, name: string) => {
    const [part, key] = name.split('.') as [keyof TemplateValues, string]
    return TEMPLATE_NAMES.includes(name) ? (values[part] as Record<string, string>)[key] as string : whole
  })
}

/** Names that Berth sets itself in every container. */
export const RESERVED_ENV = ['PORT', 'DATABASE_URL', 'TENANT_ID']

export function instanceSpec (
  release: Release, tenant: { env: Env, resources: Partial<Resources>, restarts: number }, values: TemplateValues, runtime: string
): InstanceSpec {
  const { database } = values
  const env: Env = {}
  for (const [name, value] of Object.entries({ ...release.env, ...tenant.env })) env[name] = fillTemplates(value, values)
  return {
    release: release.version,
    image: release.pinned ?? release.image,
    port: release.port,
    healthPath: release.healthPath,
    migrate: release.migrate,
    env: {
      ...env,
      PORT: String(release.port),
      TENANT_ID: values.tenant.id,
      DATABASE_URL: `postgres://${database.user}:${database.password}@${database.host}:${database.port}/${database.name}`
    },
    resources: { ...DEFAULT_RESOURCES, ...release.resources, ...tenant.resources },
    volume: release.volume,
    restarts: tenant.restarts,
    runtime
  }
}

/** The same for the same spec, whatever the order of its keys. 64 hexadecimal digits. */
export function specHash (spec: InstanceSpec): string {
  const { release, image, port, healthPath, migrate, resources: { memoryBytes, cpus, pids }, volume, restarts, runtime } = spec
  const env = Object.entries(spec.env).sort(([a], [b]) => a < b ? -1 : 1)
  const parts = [SPEC_VERSION, release, image, port, healthPath, migrate, env, memoryBytes, cpus, pids, volume, restarts, runtime]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** Of a proof, an instance that is started once. */
export type Role = 'instance' | 'migration' | 'proof'

/** One container to be made. `command` null runs the image's own. */
export interface ContainerSpec {
  name: string
  role: Role
  installation: string
  tenantId: string
  specHash: string
  instance: InstanceSpec
  command: string[] | null
  network: string
  address: string
  volume: string | null
  user: string
}

/**
 * The body of the engine's "create a container" (Docker Engine API 1.41): read-only root, no capabilities, no new
 * privileges, bounded memory (no swap), CPU, processes, /tmp and logs, one network, nothing of the host.
 */
export function createBody (spec: ContainerSpec) {
  const { instance } = spec
  return {
    name: spec.name,
    Image: instance.image,
    Env: Object.entries(instance.env).map(([name, value]) => `${name}=${value}`),
    User: spec.user,
    StopSignal: 'SIGTERM',
    ...(spec.command === null ? {} : { Entrypoint: [], Cmd: spec.command }),
    Labels: {
      [LABELS.installation]: spec.installation,
      [LABELS.tenant]: spec.tenantId,
      [LABELS.release]: instance.release,
      [LABELS.specHash]: spec.specHash,
      [LABELS.role]: spec.role
    },
    HostConfig: {
      NetworkMode: spec.network,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Privileged: false,
      IpcMode: 'private',
      Init: true,
      Memory: instance.resources.memoryBytes,
      MemorySwap: instance.resources.memoryBytes,
      NanoCpus: Math.round(instance.resources.cpus * 1e9),
      PidsLimit: instance.resources.pids,
      Tmpfs: { '/tmp': `rw,nosuid,nodev,mode=1777,size=${TMP_BYTES}` },
      Mounts: spec.volume === null ? [] : [{ Type: 'volume' as const, Source: spec.volume, Target: '/data' }],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
      RestartPolicy: spec.role === 'instance' ? { Name: 'on-failure', MaximumRetryCount: MAX_RESTARTS } : { Name: 'no' },
      ...(instance.runtime === '' ? {} : { Runtime: instance.runtime })
    },
    NetworkingConfig: { EndpointsConfig: { [spec.network]: { IPAMConfig: { IPv4Address: spec.address } } } }
  }
}
