// What the API answers with: where the server has a schema, its type, so that the compiler tells when the two part.
import type { Static } from 'typebox'
import type { MoveBody, RolloutBody } from '../api/rollout-schemas.ts'
import type { EventBody, ReleaseBody, TenantBody } from '../api/schemas.ts'
import type { CreatedTokenBody, TokenBody } from '../api/token-schemas.ts'

export type Tenant = Static<typeof TenantBody>
export type Release = Static<typeof ReleaseBody>
export type Event = Static<typeof EventBody>
export type Rollout = Static<typeof RolloutBody>
export type Move = Static<typeof MoveBody>
export type Token = Static<typeof TokenBody>
export type CreatedToken = Static<typeof CreatedTokenBody>

export interface Page<T> { items: T[], nextCursor: string | null }

export interface Whoami {
  token: Token
  via: string
  session: { expiresAt: string } | null
  installation: string
  version: string
  baseDomain: string
  publicUrl: string
}

export interface AuditEntry {
  id: string
  at: string
  actor: { kind: string, tokenId: string | null, name: string }
  action: string
  method: string
  path: string
  status: number
  target: { kind: string, id: string, name: string | null } | null
  tenantId: string | null
  address: string | null
  requestId: string
}

export interface UsagePoint {
  at: string
  requests: number | null
  errors: number | null
  bytesIn: number | null
  bytesOut: number | null
  latency: { p50Ms: number, p95Ms: number, p99Ms: number } | null
  cpuSeconds: number | null
  memoryBytes: number | null
  databaseBytes: number | null
}

export interface TenantUsage { from: string, to: string, step: string, points: UsagePoint[] }

export interface UsageSum {
  tenantId: string
  slug: string
  name: string
  /** When the hour or the day began; null for the sum of all. */
  at: string | null
  requests: number | null
  errors: number | null
  bytesIn: number | null
  bytesOut: number | null
  cpuSeconds: number | null
}

export interface Overview {
  tenants: { total: number, byStatus: Record<string, number> }
  attention: Array<{ tenant: { id: string, slug: string, name: string }, status: string, condition: { type: string, reason: string, message: string, since: string } | null }>
  webhooks: Array<{ id: string, host: string, reason: string, failingSince: string | null, waiting: number }>
  releases: Array<{ version: string, tenants: number, state: string }>
  traffic: { from: string, to: string, step: string, points: Array<{ at: string, requests: number, errors: number }> }
  /** Null for a token that is limited to tenants. */
  machine: { cpus: number, load1: number, memoryBytes: number, memoryFreeBytes: number, diskBytes: number, diskFreeBytes: number, tenantMemoryLimitBytes: number } | null
  databaseServers: Array<{ name: string, host: string, databases: number | null, connections: number | null, maxConnections: number | null, bytes: number | null }>
  rollouts: Array<{ id: string, release: string, state: string, done: number, total: number }>
}

export interface Webhook {
  id: string
  url: string
  events: string[]
  tenants: string[] | null
  state: string
  disabledReason: string | null
  createdAt: string
  lastDeliveryAt: string | null
}

export interface Delivery {
  id: string
  type: string
  state: string
  attempts: number
  nextAttemptAt: string | null
  createdAt: string
  lastAttempt: { status: number | null, error: string | null } | null
}
