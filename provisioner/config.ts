import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { canonicalHostname } from '../gateway/hostname.ts'
import { parsePoolSubnet } from './resources/address-pool.ts'
import type { PoolSubnet } from './resources/address-pool.ts'

export interface PostgresEndpoint {
  host: string
  port: number
  user: string
  password: string
}

/** The settings of the provisioner, read once from the environment, validated whole and frozen. */
export interface Config {
  installation: string
  baseDomain: string
  /** Scheme and port under which end users reach the gateway. */
  publicUrl: URL
  /** The networks of proxies in front of the API, whose X-Forwarded-* count. */
  api: { host: string, port: number, trustedProxies: string[] }
  adminToken: string
  /** Root of all derived secrets, 32 octets or more. */
  masterKey: Buffer
  controlDatabase: PostgresEndpoint & { database: string }
  /** The first database server: how the provisioner administers it, and under which address tenants reach it. */
  databaseServer: PostgresEndpoint & { name: string, tenantHost: string }
  redis: { host: string, port: number, password: string }
  /** How long the audit log keeps its entries. */
  audit: { retentionDays: number }
  tenantSubnet: PoolSubnet
  dockerSocket: string
  /** Where the machine's control groups can be read; the engine's statistics are asked where they cannot. */
  cgroupRoot: string
  /** A file in the format of Docker's config.json with credentials of registries; empty for none. */
  registryAuthFile: string
  /** OCI runtime of tenant containers, for example `runsc`; empty for the engine's own. */
  containerRuntime: string
  /** Private networks, in CIDR notation, that webhooks may lead to all the same. */
  webhookAllow: readonly string[]
  logLevel: string
  reconcile: {
    /** Tenants that one process works on at once. */
    concurrency: number
    /** How long a new instance may take until its health path answers. */
    startTimeoutMs: number
    /** How long a migration may run. */
    migrateTimeoutMs: number
    /** How long an instance that another took over from goes on serving what it has, before it is asked to stop. */
    deployDrainMs: number
    /** How long an instance that nothing takes over from at once goes on serving what it has, before it is asked to stop. */
    drainMs: number
    /** Every tenant is looked at this often. */
    resyncMs: number
  }
}

/** Thrown by `readConfig`; its message names every bad variable. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

export function readConfig (env: NodeJS.ProcessEnv): Config {
  const problems: string[] = []
  const text = (name: string, fallback?: string): string => {
    const value = env[name] ?? ''
    if (value !== '') return value
    if (fallback === undefined) problems.push(`${name} is not set`)
    return fallback ?? ''
  }
  const matching = (name: string, pattern: RegExp, what: string, fallback?: string): string => {
    const value = text(name, fallback)
    if (value !== '' && !pattern.test(value)) problems.push(`${name} must be ${what}`)
    return value
  }
  const integer = (name: string, fallback: number, min: number, max: number): number => {
    const value = text(name, String(fallback))
    const number = /^\d+$/.test(value) ? Number(value) : NaN
    if (!(number >= min && number <= max)) problems.push(`${name} must be a whole number from ${min} to ${max}, not "${value}"`)
    return number
  }
  const port = (name: string, fallback: number): number => integer(name, fallback, 1, 65535)
  const secret = (name: string, minLength: number): string => {
    const value = text(name)
    if (value !== '' && value.length < minLength) problems.push(`${name} must have at least ${minLength} characters`)
    return value
  }
  const parsed = <T>(name: string, fallback: string, parse: (value: string) => T | null, what: string): T => {
    const result = parse(text(name, fallback))
    if (result === null) problems.push(`${name} must be ${what}`)
    return result as T
  }

  const tenantSubnet = parsed('BERTH_TENANT_SUBNET', '10.209.0.0/16', parsePoolSubnet, 'a private IPv4 network of /12 to /22, such as 10.209.0.0/16')
  const postgres = { host: text('BERTH_POSTGRES_HOST', '127.0.0.1'), port: port('BERTH_POSTGRES_PORT', 7432) }
  const config: Config = {
    installation: matching('BERTH_INSTALLATION', /^[a-z][a-z0-9-]{0,19}$/, 'a letter and up to 19 of a–z, 0–9 and -', 'berth'),
    baseDomain: parsed('BERTH_BASE_DOMAIN', 'localhost', canonicalHostname, 'a hostname'),
    publicUrl: parsed('BERTH_PUBLIC_URL', 'http://localhost:8080', parsePublicUrl, 'an http or https URL without path, such as https://example.com'),
    api: {
      host: parsed('BERTH_API_HOST', '127.0.0.1', value => isIP(value) === 0 ? null : value, 'an IP address'),
      port: port('BERTH_API_PORT', 7070),
      trustedProxies: parsed('BERTH_API_TRUSTED_PROXIES', '-', parseNetworks, 'IP addresses and networks, separated by commas')
    },
    adminToken: secret('BERTH_ADMIN_TOKEN', 16),
    masterKey: Buffer.from(matching('BERTH_MASTER_KEY', /^(?:[0-9a-f]{2}){32,}$/i, 'at least 32 octets in hexadecimal'), 'hex'),
    controlDatabase: {
      ...postgres,
      user: text('BERTH_CONTROL_DATABASE_USER', 'berth_control'),
      password: secret('BERTH_CONTROL_DATABASE_PASSWORD', 8),
      database: text('BERTH_CONTROL_DATABASE_NAME', 'berth_control')
    },
    databaseServer: {
      ...postgres,
      name: 'default',
      user: text('BERTH_DATABASE_ADMIN_USER', 'berth_admin'),
      password: secret('BERTH_DATABASE_ADMIN_PASSWORD', 8),
      tenantHost: text('BERTH_TENANT_DATABASE_HOST', tenantSubnet?.gatewayOf(0) ?? '-')
    },
    redis: {
      host: text('BERTH_REDIS_HOST', '127.0.0.1'),
      port: port('BERTH_REDIS_PORT', 7379),
      password: secret('BERTH_REDIS_PASSWORD', 8)
    },
    audit: { retentionDays: integer('BERTH_AUDIT_RETENTION_DAYS', 365, 1, 36_500) },
    tenantSubnet,
    dockerSocket: text('BERTH_DOCKER_SOCKET', '/var/run/docker.sock'),
    cgroupRoot: text('BERTH_CGROUP_ROOT', '/sys/fs/cgroup'),
    registryAuthFile: env.BERTH_REGISTRY_AUTH_FILE ?? '',
    containerRuntime: env.BERTH_CONTAINER_RUNTIME ?? '',
    webhookAllow: parsed('BERTH_WEBHOOK_ALLOW', '-', parseNetworks, 'networks in CIDR notation, between commas, such as 10.1.0.0/16'),
    logLevel: matching('BERTH_LOG_LEVEL', /^(fatal|error|warn|info|debug|trace|silent)$/, 'a pino level', 'info'),
    reconcile: {
      concurrency: integer('BERTH_RECONCILE_CONCURRENCY', 8, 1, 64),
      startTimeoutMs: integer('BERTH_START_TIMEOUT_SECONDS', 60, 1, 3600) * 1000,
      migrateTimeoutMs: integer('BERTH_MIGRATE_TIMEOUT_SECONDS', 600, 1, 86400) * 1000,
      deployDrainMs: integer('BERTH_DEPLOY_DRAIN_MS', 10_000, 0, 600_000),
      drainMs: integer('BERTH_DRAIN_MS', 1000, 0, 600_000),
      resyncMs: integer('BERTH_RESYNC_SECONDS', 15, 1, 30) * 1000
    }
  }
  if (problems.length > 0) {
    throw new ConfigError(`The configuration is not usable: ${problems.join('; ')}. See the table of settings in README.md.`)
  }
  return Object.freeze(config)
}

function parseNetworks (value: string): string[] | null {
  const networks = value.split(',').map(network => network.trim()).filter(network => network !== '' && network !== '-')
  return networks.every(network => ipaddr.isValid(network) || ipaddr.isValidCIDR(network)) ? networks : null
}

function parsePublicUrl (value: string): URL | null {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '') return null
  return url
}
