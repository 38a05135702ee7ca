/**
 * What the API answers with, as far as the console reads it. Held to the API's own schemas by
 * test/provisioner/console/shapes.test.ts.
 */
export interface Page<T> { items: T[], nextCursor: string | null }

export const SCOPES = ['read', 'operate', 'admin'] as const
export type Scope = typeof SCOPES[number]

export interface Token {
  id: string
  name: string
  scope: Scope
  tenants: string[] | null
  createdAt: string | null
  createdBy: string | null
  expiresAt: string | null
  lastUsedAt: string | null
  revokedAt: string | null
}

export interface Session {
  token: Pick<Token, 'id' | 'name' | 'scope' | 'tenants'>
  session: { expiresAt: string } | null
  installation: string
  version: string
  baseDomain: string
  publicUrl: string
  csrfToken: string
}

export const STATUSES = ['provisioning', 'ready', 'degraded', 'asleep', 'suspended', 'failed', 'deleting'] as const
export type Status = typeof STATUSES[number]

export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason: string
  message: string
  since: string
}

export interface Resources { memoryBytes?: number, cpus?: number, pids?: number }

export interface Tenant {
  id: string
  slug: string
  name: string
  status: Status
  url: string
  domains: Array<{ host: string, primary: boolean }>
  release: string
  env: Record<string, string>
  resources: Resources
  limits: Record<string, number | undefined>
  generation: number
  observedGeneration: number
  conditions: Condition[]
  createdAt: string
}

export interface TenantEvent {
  id: number
  at: string
  level: 'info' | 'warning' | 'error'
  reason: string
  message: string
  data: Record<string, unknown> | null
}

export type ReleaseState = 'verifying' | 'usable' | 'rejected'

export interface Release {
  version: string
  state: ReleaseState
  conditions: Condition[]
  image: string
  pinned: string | null
  port: number
  healthPath: string
  migrate: string[] | null
  migratesFrom: string | null
  migrates: boolean | null
  env: Record<string, string>
  resources: Resources
  volume: boolean
  strategy: string
  createdAt: string
}

export const MOVE_STATES = ['waiting', 'moving', 'moved', 'unchanged', 'failed', 'skipped', 'returning', 'returned', 'stuck'] as const
export type MoveState = typeof MOVE_STATES[number]
export type RolloutState = 'running' | 'paused' | 'aborting' | 'rolling-back' | 'done' | 'aborted' | 'rolled-back'

export interface Rollout {
  id: string
  release: string
  strategy: string | null
  state: RolloutState
  reason: string
  tenants: unknown
  canary: number | string | null
  wave: number | null
  waves: number
  concurrency: number
  maxFailures: number
  onFailure: 'pause' | 'rollback'
  counts: Record<MoveState, number>
  releases: Record<string, number>
  secondsLeft: number | null
  createdAt: string
  endedAt: string | null
}

export interface Move {
  tenant: string
  slug: string
  wave: number
  state: MoveState
  from: string
  release: string
  message: string
  beganAt: string | null
  endedAt: string | null
}

export interface AuditEntry {
  id: string
  at: string
  actor: { kind: string, tokenId: string | null, name: string }
  action: string
  method: string
  path: string
  status: number
  target: { kind: string, id: string | null, name: string | null } | null
  tenantId: string | null
  address: string | null
  requestId: string | null
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

export interface UsagePoint {
  at: string
  requests: number | null
  errors: number | null
  bytesIn: number | null
  bytesOut: number | null
  latency: { p50Ms: number | null, p95Ms: number | null, p99Ms: number | null } | null
  cpuSeconds: number | null
  memoryBytes: number | null
  databaseBytes: number | null
}
export interface Usage { from: string, to: string, step: 'minute' | 'hour', points: UsagePoint[] }

export interface Overview {
  tenants: { total: number, byStatus: Partial<Record<Status, number>> }
  attention: Array<{ tenant: { id: string, slug: string, name: string }, status: Status, condition: { type: string, reason: string, message: string, since: string } | null }>
  /** Those that were disabled since they took nothing. */
  webhooks: Array<{ id: string, host: string, reason: string, failingSince: string | null, waiting: number }>
  releases: Array<{ version: string, tenants: number, state: ReleaseState }>
  traffic: { from: string, to: string, step: 'minute' | 'hour', points: Array<{ at: string, requests: number | null, errors: number | null }> }
  /** Null for a token that is limited to tenants. */
  machine: { cpus: number, load1: number, memoryBytes: number, memoryFreeBytes: number, diskBytes: number, diskFreeBytes: number, tenantMemoryLimitBytes: number } | null
  databaseServers: Array<{ name: string, host: string, databases: number | null, connections: number | null, maxConnections: number | null, bytes: number | null }>
  rollouts: Array<{ id: string, release: string, state: RolloutState, done: number, total: number }>
}

export interface Webhook {
  id: string
  url: string
  events: string[]
  tenants: string[] | null
  state: 'active' | 'disabled'
  disabledReason: string | null
  createdAt: string
  lastDeliveryAt: string | null
}
