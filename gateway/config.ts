import { isIP } from 'node:net'

/** All settings of a gateway. Durations are in milliseconds. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly adminPort: number
  readonly logLevel: LogLevel
  readonly accessLog: boolean
  /** Each so-many-th request is logged. */
  readonly accessLogEvery: number
  readonly trustedProxies: readonly string[]
  readonly redis: { readonly host: string, readonly port: number, readonly password: string }
  readonly routes: {
    /** Empty: no snapshot is kept. */
    readonly snapshotFile: string
    readonly max: number
    readonly unknownMax: number
    readonly unknownTtlMs: number
    readonly refillGraceMs: number
  }
  readonly upstream: {
    readonly connectTimeoutMs: number
    readonly responseTimeoutMs: number
    readonly bodyTimeoutMs: number
    readonly connections: number
    readonly queue: number
    readonly queueTimeoutMs: number
    readonly requestBodyTimeoutMs: number
    readonly clientTimeoutMs: number
    readonly tunnels: number
  }
  readonly drainTimeoutMs: number
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = typeof LOG_LEVELS[number]

/** Every variable that is wrong, in one error: the operator mends them all at once. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/**
 * Reads the settings from `env`; an empty value counts as absent, as Compose passes it.
 * Throws ConfigError; a malformed value is never replaced by the default.
 */
export function readConfig (env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const wrong: string[] = []

  function read<T> (name: string, fallback: T | undefined, parse: (text: string) => T | Expected): T {
    const text = env[name] ?? ''
    const value = text === '' ? fallback ?? new Expected('set') : parse(text)
    if (!(value instanceof Expected)) return value
    wrong.push(`${name} must be ${value.what}`)
    return fallback as T
  }
  const text = (name: string, fallback?: string) => read<string>(name, fallback, value => value)
  const whole = (name: string, fallback: number, min: number, max: number) => read<number>(name, fallback, value =>
    /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max ? Number(value) : new Expected(`a whole number from ${min} to ${max}`))
  const port = (name: string, fallback: number) => whole(name, fallback, 1, 65535)
  const milliseconds = (name: string, fallback: number) => whole(name, fallback, 1, 86_400_000)
  const count = (name: string, fallback: number) => whole(name, fallback, 1, 10_000_000)

  const config: Config = {
    host: text('BERTH_GATEWAY_HOST', '0.0.0.0'),
    port: port('BERTH_GATEWAY_PORT', 8080),
    adminPort: port('BERTH_GATEWAY_ADMIN_PORT', 7071),
    logLevel: read<LogLevel>('BERTH_LOG_LEVEL', 'info', parseLevel),
    accessLog: read<boolean>('BERTH_GATEWAY_ACCESS_LOG', true, parseSwitch),
    accessLogEvery: count('BERTH_GATEWAY_ACCESS_LOG_EVERY', 1),
    trustedProxies: read<readonly string[]>('BERTH_TRUSTED_PROXIES', [], parseNetworks),
    redis: {
      host: text('BERTH_REDIS_HOST', '127.0.0.1'),
      port: port('BERTH_REDIS_PORT', 7379),
      password: text('BERTH_REDIS_PASSWORD')
    },
    routes: {
      snapshotFile: text('BERTH_GATEWAY_SNAPSHOT_FILE', ''),
      max: count('BERTH_GATEWAY_ROUTES_MAX', 100_000),
      unknownMax: count('BERTH_GATEWAY_UNKNOWN_HOSTS_MAX', 10_000),
      unknownTtlMs: milliseconds('BERTH_GATEWAY_UNKNOWN_HOST_TTL_MS', 1000),
      refillGraceMs: milliseconds('BERTH_GATEWAY_REFILL_GRACE_MS', 60_000)
    },
    upstream: {
      connectTimeoutMs: milliseconds('BERTH_GATEWAY_CONNECT_TIMEOUT_MS', 3000),
      responseTimeoutMs: milliseconds('BERTH_GATEWAY_RESPONSE_TIMEOUT_MS', 60_000),
      bodyTimeoutMs: milliseconds('BERTH_GATEWAY_BODY_TIMEOUT_MS', 300_000),
      connections: count('BERTH_GATEWAY_TENANT_CONNECTIONS', 128),
      queue: whole('BERTH_GATEWAY_TENANT_QUEUE', 256, 0, 10_000_000),
      queueTimeoutMs: milliseconds('BERTH_GATEWAY_TENANT_QUEUE_TIMEOUT_MS', 10_000),
      requestBodyTimeoutMs: milliseconds('BERTH_GATEWAY_REQUEST_BODY_TIMEOUT_MS', 60_000),
      clientTimeoutMs: milliseconds('BERTH_GATEWAY_CLIENT_TIMEOUT_MS', 60_000),
      tunnels: count('BERTH_GATEWAY_TENANT_WEBSOCKETS', 4096)
    },
    drainTimeoutMs: milliseconds('BERTH_GATEWAY_DRAIN_TIMEOUT_MS', 8000)
  }
  if (config.port === config.adminPort) wrong.push('BERTH_GATEWAY_ADMIN_PORT must differ from BERTH_GATEWAY_PORT')
  if (wrong.length > 0) throw new ConfigError(`The gateway's settings are not valid:\n  ${wrong.join('\n  ')}`)
  return deepFreeze(config)
}

/** What a parser answers with when a value is not what the setting takes. */
class Expected {
  readonly what: string

  constructor (what: string) {
    this.what = what
  }
}

function parseLevel (text: string): LogLevel | Expected {
  return LOG_LEVELS.find(level => level === text) ?? new Expected(`one of ${LOG_LEVELS.join(', ')}`)
}

function parseSwitch (text: string): boolean | Expected {
  return text === 'on' ? true : text === 'off' ? false : new Expected('on or off')
}

/** Networks in CIDR notation or single addresses, between commas. */
function parseNetworks (text: string): readonly string[] | Expected {
  const networks = text.split(',').map(part => part.trim()).filter(part => part !== '')
  return networks.every(isNetwork) ? networks : new Expected('addresses or CIDR networks, between commas')
}

function isNetwork (text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
}

function deepFreeze<T extends object> (value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part)
  }
  return Object.freeze(value)
}
