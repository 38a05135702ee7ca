import { Type } from 'typebox'
import type { Static, TSchema } from 'typebox'
import { LIMIT_BOUNDS } from '../../gateway/limits.ts'
import type { LimitName } from '../../gateway/limits.ts'
import { CONDITION_TYPES, STRATEGIES } from '../tenants/tenant.ts'
import { MAX_WAIT_SECONDS } from './wait.ts'

export const STATUSES = ['provisioning', 'ready', 'degraded', 'asleep', 'suspended', 'failed', 'deleting'] as const

/** Names a schema that every answer can refer to. Its type is the named schema's. */
export function named<T extends TSchema> (schema: T): ReturnType<typeof Type.Unsafe<Static<T>>> {
  return Type.Unsafe<Static<T>>({ $ref: `${(schema as { $id?: string }).$id as string}#` })
}

export function nullable<T extends TSchema> (schema: T) {
  return Type.Union([schema, Type.Null()])
}

/** In the examples of the document. */
export const EXAMPLE_TIME = '2026-03-01T09:30:00.000Z'
export const DateTime = Type.String({ format: 'date-time' })

export const Resources = Type.Object({
  memoryBytes: Type.Optional(Type.Integer({ minimum: 16 * 2 ** 20, maximum: 2 ** 40, description: 'memory in bytes, without swap' })),
  cpus: Type.Optional(Type.Number({ minimum: 0.05, maximum: 256, description: 'cores; 0.5 is half of one' })),
  pids: Type.Optional(Type.Integer({ minimum: 8, maximum: 65536, description: 'processes and threads' }))
}, { additionalProperties: false, description: 'Limits of a container; what is not set comes from the release, then from the installation.' })

export const ResourcesPatch = Type.Object({
  memoryBytes: Type.Optional(nullable(Resources.properties.memoryBytes)),
  cpus: Type.Optional(nullable(Resources.properties.cpus)),
  pids: Type.Optional(nullable(Resources.properties.pids))
}, { additionalProperties: false })

function limit (name: LimitName, description: string) {
  const { min: minimum, max: maximum, whole } = LIMIT_BOUNDS[name]
  return whole ? Type.Integer({ minimum, maximum, description }) : Type.Number({ minimum, maximum, description })
}

const LIMITS = {
  connections: limit('connections', 'HTTP connections to the instance at once'),
  queue: limit('queue', 'requests waiting for one'),
  queueTimeoutMs: limit('queueTimeoutMs', 'how long a request waits for one'),
  requestsPerSecond: limit('requestsPerSecond', 'requests a second, over all gateways together'),
  burst: limit('burst', 'requests at once after a quiet while; a second\'s worth when only the rate is set'),
  bodyBytes: limit('bodyBytes', 'largest body of a request'),
  bodyTimeoutMs: limit('bodyTimeoutMs', 'between two parts of a request\'s body'),
  responseTimeoutMs: limit('responseTimeoutMs', 'until the head of the answer'),
  idleTimeoutMs: limit('idleTimeoutMs', 'between two parts of the answer'),
  websockets: limit('websockets', 'WebSockets at once')
} satisfies Record<LimitName, TSchema>

export const Limits = Type.Partial(Type.Object(LIMITS), {
  additionalProperties: false,
  description: 'What the gateway lets the tenant take; what is not set is as the gateway\'s settings say. A change restarts nothing.'
})

const NULLABLE_LIMITS = Object.fromEntries(Object.entries(LIMITS).map(([name, schema]) => [name, nullable(schema)])) as
  Record<LimitName, ReturnType<typeof nullable<ReturnType<typeof limit>>>>
export const LimitsPatch = Type.Partial(Type.Object(NULLABLE_LIMITS), { additionalProperties: false })

const MAX_ENV_VALUE = 32_768
export const MAX_ENV_VARIABLES = 256
const EnvName = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' })
const EnvValue = Type.String({ maxLength: MAX_ENV_VALUE })

export const Env = Type.Record(EnvName, EnvValue, {
  additionalProperties: false,
  maxProperties: MAX_ENV_VARIABLES,
  description: 'Environment variables. Values may use {{database.host}}, .port, .name, .user, .password, {{tenant.id}}, {{tenant.slug}} and {{tenant.url}}. PORT, DATABASE_URL and TENANT_ID are Berth\'s own.'
})
export const EnvPatch = Type.Record(EnvName, nullable(EnvValue), { additionalProperties: false, maxProperties: MAX_ENV_VARIABLES })

export const ReleaseVersion = Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$', description: '1 to 64 letters, digits, dots, underscores and hyphens' })
export const StrategyInput = Type.Enum([...STRATEGIES], {
  description: 'start-first: the new instance is healthy before the old one leaves. stop-first: the old one is stopped before anything of the new release runs, and requests are held meanwhile; always so with a volume.'
})
/** Read by canonicalHostname; the length leaves room for a name in Unicode. */
export const Host = Type.String({ minLength: 1, maxLength: 255, description: 'A hostname without port; names in Unicode are kept as A-labels.' })

export const WaitQuery = Type.Object({
  wait: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_WAIT_SECONDS, description: 'Seconds to hold the request until the change settled.' }))
}, { additionalProperties: false })

export const MutationHeaders = Type.Object({
  'idempotency-key': Type.Optional(Type.String({
    pattern: '^[\\x21-\\x7e]{1,255}$', description: '1 to 255 visible ASCII characters. A repeat with the same key does not do it again, for 24 hours.'
  }))
})

/** Also of changes of a tenant. */
export const TenantChangeHeaders = Type.Object({
  ...MutationHeaders.properties,
  'if-match': Type.Optional(Type.String({
    pattern: '^\\s*(?:\\*|(?:W/)?"[^"]*"(?:\\s*,\\s*(?:W/)?"[^"]*")*)\\s*$', description: 'the ETag of the tenant that this was decided by; 412 when there is another generation now'
  }))
})

const PAGE_LIMIT = 200
export const DEFAULT_PAGE_LIMIT = 50
export const PAGE_QUERY = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_LIMIT, default: DEFAULT_PAGE_LIMIT })),
  cursor: Type.Optional(Type.String({ maxLength: 128, description: 'nextCursor of the page before' }))
}

export const TenantParams = Type.Object({ tenant: Type.String({ minLength: 1, description: 'id or slug of the tenant' }) })

export const ReleaseParams = Type.Object({ version: Type.String() })

export const Condition = Type.Object({
  type: Type.Enum([...CONDITION_TYPES]),
  status: Type.Enum(['True', 'False', 'Unknown']),
  reason: Type.String({ description: 'a CamelCase word for programs' }),
  message: Type.String({ description: 'a sentence for people' }),
  since: DateTime,
  observedGeneration: Type.Integer()
}, {
  $id: 'Condition',
  examples: [{ type: 'DatabaseReady', status: 'True', reason: 'Ready', message: 'The database is there.', since: EXAMPLE_TIME, observedGeneration: 4 }]
})

export const TenantBody = Type.Object({
  id: Type.String(),
  slug: Type.String(),
  name: Type.String(),
  status: Type.Enum([...STATUSES]),
  url: Type.String({ format: 'uri' }),
  domains: Type.Array(Type.Object({ host: Type.String(), primary: Type.Boolean() })),
  release: Type.String(),
  env: Type.Record(Type.String(), Type.String()),
  resources: Resources,
  limits: Limits,
  generation: Type.Integer({ description: 'grows with every change of what is wanted' }),
  observedGeneration: Type.Integer({ description: 'the generation that status and conditions speak for' }),
  conditions: Type.Array(named(Condition)),
  createdAt: DateTime
}, {
  $id: 'Tenant',
  examples: [{
    id: 'tn_4k2m9x0q7c1b',
    slug: 'acme',
    name: 'Acme Ltd',
    status: 'ready',
    url: 'https://www.acme.example/',
    domains: [{ host: 'www.acme.example', primary: true }, { host: 'acme.example.com', primary: false }],
    release: '2026.1',
    env: { PLAN: 'team' },
    resources: { memoryBytes: 268435456 },
    limits: { requestsPerSecond: 50 },
    generation: 4,
    observedGeneration: 4,
    conditions: [{ type: 'InstanceHealthy', status: 'True', reason: 'Healthy', message: 'The instance answers its health path.', since: EXAMPLE_TIME, observedGeneration: 4 }],
    createdAt: EXAMPLE_TIME
  }]
})

export const RELEASE_STATES = ['verifying', 'usable', 'rejected'] as const

export const ReleaseBody = Type.Object({
  version: Type.String(),
  state: Type.Enum([...RELEASE_STATES], { description: 'verifying: it is being proven, and no tenant can be at it; then usable or rejected for good' }),
  conditions: Type.Array(Type.Object({
    type: Type.Enum(['Usable']),
    status: Type.Enum(['True', 'False', 'Unknown']),
    reason: Type.String({ description: 'a CamelCase word for programs: how far the proof is, or why the release was rejected' }),
    message: Type.String({ description: 'a sentence for people' }),
    since: DateTime
  })),
  image: Type.String(),
  pinned: nullable(Type.String({ description: 'what instances are made of: the image by its digest, or by its id when it is only on the engine' })),
  port: Type.Integer(),
  healthPath: Type.String(),
  migrate: nullable(Type.Array(Type.String())),
  migratesFrom: nullable(Type.String({ description: 'the release whose template the proof migrated; null when it began with an empty database' })),
  migrates: nullable(Type.Boolean({ description: 'whether that changed anything: when not, tenants whose databases have all the migrations that that one has are not migrated' })),
  env: Type.Record(Type.String(), Type.String()),
  resources: Resources,
  volume: Type.Boolean(),
  strategy: Type.Enum([...STRATEGIES]),
  createdAt: DateTime
}, {
  $id: 'Release',
  examples: [{
    version: '2026.1',
    state: 'usable',
    conditions: [{ type: 'Usable', status: 'True', reason: 'Proven', message: 'An instance of it became healthy.', since: EXAMPLE_TIME }],
    image: 'registry.example.com/shop:2026.1',
    pinned: 'registry.example.com/shop@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    port: 3000,
    healthPath: '/healthz',
    migrate: ['node', 'migrate.ts'],
    migratesFrom: '2025.9',
    migrates: true,
    env: { SITE_URL: '{{tenant.url}}' },
    resources: {},
    volume: false,
    strategy: 'start-first',
    createdAt: EXAMPLE_TIME
  }]
})

export const EventBody = Type.Object({
  id: Type.Integer(),
  at: DateTime,
  level: Type.Enum(['info', 'warning', 'error']),
  reason: Type.String({ description: 'a CamelCase word for programs' }),
  message: Type.String(),
  data: nullable(Type.Record(Type.String(), Type.Unknown()))
}, {
  $id: 'Event',
  examples: [{ id: 42, at: EXAMPLE_TIME, level: 'info', reason: 'DeployRequested', message: 'The tenant is to be at release "2026.1"; it was at "2025.9".', data: { from: '2025.9', to: '2026.1' } }]
})

export function pageOf<T extends TSchema> (item: T) {
  return Type.Object({ items: Type.Array(item), nextCursor: nullable(Type.String()) })
}
