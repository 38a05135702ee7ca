import { availableParallelism } from 'node:os'
import type { HoldLimits } from './holds.ts'
import { burstOf, LIMIT_BOUNDS } from './limits.ts'
import type { LimitName, Limits } from './limits.ts'
import { isNetwork } from './trusted-proxies.ts'

/** All settings of a gateway. Durations are in milliseconds. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly adminPort: number
  /** Connections of clients at once; a further one is closed at once. */
  readonly maxConnections: number
  /** Until the head of a request is whole. */
  readonly headersTimeoutMs: number
  /** Processes that serve; 1: this one does. */
  readonly workers: number
  readonly logLevel: LogLevel
  readonly accessLog: boolean
  /** Each so-many-th request is logged. */
  readonly accessLogEvery: number
  /** So many tenants have metrics of their own; 0: none has. */
  readonly metricsTenants: number
  readonly trustedProxies: readonly string[]
  /** Empty: there is none. */
  readonly trustedProxiesFile: string
  /** Empty: there is none. */
  readonly errorPagesDir: string
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
    /** How long a client may take until it reads on. */
    readonly clientTimeoutMs: number
  }
  /** Of a tenant whose route says nothing else. */
  readonly limits: Limits
  /** Of requests that wait while their tenant's instance is being exchanged. */
  readonly hold: HoldLimits
  /** How long a WebSocket to an instance that has been replaced may go on. */
  readonly websocketGraceMs: number
  readonly drainTimeoutMs: number
}

const MAX_WORKERS = 256
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

  const limit = (name: string, of: LimitName, fallback: number) => read<number>(name, fallback, value => parseLimit(value, of))

  const requestsPerSecond = limit('BERTH_GATEWAY_TENANT_REQUESTS_PER_SECOND', 'requestsPerSecond', Infinity)
  const limits: Limits = {
    connections: limit('BERTH_GATEWAY_TENANT_CONNECTIONS', 'connections', 128),
    queue: limit('BERTH_GATEWAY_TENANT_QUEUE', 'queue', 256),
    queueTimeoutMs: limit('BERTH_GATEWAY_TENANT_QUEUE_TIMEOUT_MS', 'queueTimeoutMs', 10_000),
    requestsPerSecond,
    burst: limit('BERTH_GATEWAY_TENANT_BURST', 'burst', burstOf(requestsPerSecond)),
    bodyBytes: limit('BERTH_GATEWAY_MAX_BODY_BYTES', 'bodyBytes', 2 ** 30),
    bodyTimeoutMs: limit('BERTH_GATEWAY_REQUEST_BODY_TIMEOUT_MS', 'bodyTimeoutMs', 60_000),
    responseTimeoutMs: limit('BERTH_GATEWAY_RESPONSE_TIMEOUT_MS', 'responseTimeoutMs', 60_000),
    idleTimeoutMs: limit('BERTH_GATEWAY_BODY_TIMEOUT_MS', 'idleTimeoutMs', 300_000),
    websockets: limit('BERTH_GATEWAY_TENANT_WEBSOCKETS', 'websockets', 4096)
  }
  const config: Config = {
    host: text('BERTH_GATEWAY_HOST', '0.0.0.0'),
    port: port('BERTH_GATEWAY_PORT', 8080),
    adminPort: port('BERTH_GATEWAY_ADMIN_PORT', 7071),
    maxConnections: count('BERTH_GATEWAY_MAX_CONNECTIONS', 50_000),
    headersTimeoutMs: milliseconds('BERTH_GATEWAY_HEADERS_TIMEOUT_MS', 30_000),
    workers: read<number>('BERTH_GATEWAY_WORKERS', 1, parseWorkers),
    logLevel: read<LogLevel>('BERTH_LOG_LEVEL', 'info', parseLevel),
    accessLog: read<boolean>('BERTH_GATEWAY_ACCESS_LOG', true, parseSwitch),
    accessLogEvery: count('BERTH_GATEWAY_ACCESS_LOG_EVERY', 1),
    metricsTenants: whole('BERTH_GATEWAY_METRICS_TENANTS', 500, 0, 100_000),
    trustedProxies: read<readonly string[]>('BERTH_TRUSTED_PROXIES', [], parseNetworks),
    trustedProxiesFile: text('BERTH_TRUSTED_PROXIES_FILE', ''),
    errorPagesDir: text('BERTH_ERROR_PAGES_DIR', ''),
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
      clientTimeoutMs: milliseconds('BERTH_GATEWAY_CLIENT_TIMEOUT_MS', 60_000)
    },
    hold: {
      timeoutMs: milliseconds('BERTH_GATEWAY_HOLD_TIMEOUT_MS', 30_000),
      perHost: count('BERTH_GATEWAY_HOLD_PER_HOST', 1000),
      total: count('BERTH_GATEWAY_HOLD_TOTAL', 10_000)
    },
    websocketGraceMs: milliseconds('BERTH_GATEWAY_WEBSOCKET_GRACE_MS', 5000),
    limits,
    drainTimeoutMs: milliseconds('BERTH_GATEWAY_DRAIN_TIMEOUT_MS', 8000)
  }
  if (limits.requestsPerSecond === Infinity && (env.BERTH_GATEWAY_TENANT_BURST ?? '') !== '') wrong.push('BERTH_GATEWAY_TENANT_BURST needs BERTH_GATEWAY_TENANT_REQUESTS_PER_SECOND')
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

/** Digits, and for a limit that need not be whole a fraction of them. */
function parseLimit (text: string, of: LimitName): number | Expected {
  const { min, max, whole } = LIMIT_BOUNDS[of]
  const value = (whole ? /^\d{1,16}$/ : /^\d{1,15}(?:\.\d{1,6})?$/).test(text) ? Number(text) : NaN
  return value >= min && value <= max ? value : new Expected(`a ${whole ? 'whole ' : ''}number from ${min} to ${max}`)
}

function parseLevel (text: string): LogLevel | Expected {
  return LOG_LEVELS.find(level => level === text) ?? new Expected(`one of ${LOG_LEVELS.join(', ')}`)
}

function parseWorkers (text: string): number | Expected {
  if (text === 'auto') return availableParallelism()
  const workers = /^\d{1,3}$/.test(text) ? Number(text) : 0
  return workers >= 1 && workers <= MAX_WORKERS ? workers : new Expected(`auto or a whole number from 1 to ${MAX_WORKERS}`)
}

function parseSwitch (text: string): boolean | Expected {
  return text === 'on' ? true : text === 'off' ? false : new Expected('on or off')
}

/** Networks in CIDR notation or single addresses, between commas. */
function parseNetworks (text: string): readonly string[] | Expected {
  const networks = text.split(',').map(part => part.trim()).filter(part => part !== '')
  return networks.every(isNetwork) ? networks : new Expected('addresses or CIDR networks, between commas')
}

function deepFreeze<T extends object> (value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part)
  }
  return Object.freeze(value)
}
