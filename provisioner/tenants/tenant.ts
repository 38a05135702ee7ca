import type { LimitOverrides } from '../../gateway/limits.ts'

/** Limits of the container of an instance. */
export interface Resources {
  memoryBytes: number
  /** Cores; 0.5 is half of one. */
  cpus: number
  pids: number
}

/** How one instance follows another: see tenants/strategy.ts. */
export const STRATEGIES = ['start-first', 'stop-first'] as const
export type Strategy = typeof STRATEGIES[number]

export type Env = Record<string, string>

export type ReleaseState = 'verifying' | 'usable' | 'rejected'

/** A version of the application. Immutable once it exists; what is found of it is added. */
export interface Release {
  id: string
  version: string
  state: ReleaseState
  /** Why it is in its state: a CamelCase word for programs, a sentence for people, and since when. */
  reason: string
  message: string
  since: Date
  /** What containers are made of: the image by digest, or by its id on the engine. Null: as `image` names it. */
  pinned: string | null
  /** Whether new tenants can be copies of its template. */
  template: boolean
  /** The release that its template was made from, and whether its migrate changed anything of that; null when it was made from nothing. */
  migratesFrom: string | null
  migrates: boolean | null
  /** The releases whose migrations its template has; not those that changed nothing. */
  contains: string[]
  /** Databases that have the migrations of all these need none of its own; null when nothing is known. */
  coveredBy: string[] | null
  image: string
  /** TCP port that the application listens on; it gets it as `PORT`. */
  port: number
  healthPath: string
  /** A command and its arguments, run to its end in a container of the image before an instance starts. */
  migrate: string[] | null
  env: Env
  resources: Partial<Resources>
  /** Whether instances get a volume at /data. Two instances never share it. */
  volume: boolean
  /** Null: stop-first when there is a volume, else start-first. */
  strategy: Strategy | null
  createdAt: Date
}

export interface Domain { host: string, primary: boolean }

export const CONDITION_TYPES = ['DatabaseReady', 'Migrated', 'InstanceHealthy', 'RoutePublished'] as const
export type ConditionType = typeof CONDITION_TYPES[number]

/** What is known of one part of a tenant: `reason` is a CamelCase word for programs, `message` a sentence for people. */
export interface Condition {
  type: ConditionType
  status: 'True' | 'False' | 'Unknown'
  reason: string
  message: string
  /** When `status` last changed, ISO 8601. */
  since: string
  /** The generation that this speaks for. */
  observedGeneration: number
}

export type Status = 'provisioning' | 'ready' | 'degraded' | 'asleep' | 'suspended' | 'failed' | 'deleting'

/**
 * Why the wanted instance cannot be had now. It belongs to one generation: whatever changes what is wanted clears it.
 * `retryAt` (ISO 8601) is null when nothing but a change will heal it.
 */
export interface Failure {
  condition: ConditionType
  reason: string
  message: string
  attempts: number
  retryAt: string | null
}

export interface Tenant {
  id: string
  slug: string
  name: string
  createdAt: Date
  wanted: 'running' | 'suspended' | 'deleted'
  release: string
  env: Env
  resources: Partial<Resources>
  /** What the gateway lets it take, where that is not what the gateway's settings say. */
  limits: LimitOverrides
  restarts: number
  /** Of the last deploy, where it said one. */
  strategy: Strategy | null
  databaseServer: string
  generation: number
  observedGeneration: number
  conditions: Condition[]
  /** The release whose migration this tenant's database has, or null. */
  migrated: string | null
  /** Others whose migrations it has had. */
  migratedBefore: string[]
  failure: Failure | null
  /** Failures of its instances in the last minutes, for the back-off. */
  crashes: number
  /** When the tenant first served; null until then. */
  readyAt: Date | null
  /** Computed from the above by the control database: see `tenant_status` there. */
  status: Status
  domains: Domain[]
}
