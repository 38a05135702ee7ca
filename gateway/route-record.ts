import { isIPv4 } from 'node:net'
import type { Hostname } from './hostname.ts'
import { orderedLimits, parseLimits } from './limits.ts'
import type { LimitOverrides } from './limits.ts'

/**
 * The contract between the provisioner, which writes routes to Redis, and the gateway, which reads them.
 *
 *   key    berth:route:<canonical hostname>
 *   value  JSON of a Route
 *
 * A reader must survive whatever it finds: `parseRoute` gives null for anything that is not a whole, well-formed
 * record of a version and a state that it knows, and the gateway then answers 503 ("cannot know"), never 404.
 *
 * States and what the gateway answers:
 *
 *   active     proxies to `upstream`
 *   starting   503 and Retry-After: the tenant exists, nothing of it is ready
 *   holding    its instance is being exchanged for another: requests are kept for a while, so many of them, then 503
 *   suspended  403
 */
export const ROUTE_KEY_PREFIX = 'berth:route:'
export const ROUTE_VERSION = 1

export type RouteState = 'active' | 'starting' | 'holding' | 'suspended'

export interface Upstream {
  /** IPv4 address of the instance on the tenants' network. */
  address: string
  /** TCP port, 1–65535. */
  port: number
}

interface RouteBase {
  /** `tn_` and 12 of a–z0–9. */
  tenantId: string
  slug: string
  /** As the operator wrote it: any Unicode. */
  name: string
  /** The writer's lease number: of two records for one tenant, the greater is the newer. */
  epoch: number
  /** What this tenant may take where it is not what the gateway's settings say; absent when nothing is. */
  limits?: LimitOverrides
}

/**
 * `instance` names the container, so that a change of instance is seen even when the address stays. `until` is when the
 * writer no longer expects the exchange to succeed, in milliseconds of Unix time: nobody is to be kept waiting after it.
 */
export type Route =
  | RouteBase & { state: 'active', instance: string, upstream: Upstream }
  | RouteBase & { state: 'holding', until?: number }
  | RouteBase & { state: 'starting' | 'suspended' }

export function routeKey (host: Hostname): string {
  return ROUTE_KEY_PREFIX + host
}

/** The hostname in a key, or null when the key is not a route's. */
export function hostOfRouteKey (key: string): Hostname | null {
  return key.startsWith(ROUTE_KEY_PREFIX) ? key.slice(ROUTE_KEY_PREFIX.length) as Hostname : null
}

export function serializeRoute (route: Route): string {
  const { tenantId, slug, name, epoch, state, limits } = route
  const base = { v: ROUTE_VERSION, tenantId, slug, name, epoch, state, ...withLimits(limits === undefined ? {} : orderedLimits(limits)) }
  if (route.state === 'holding') return JSON.stringify({ ...base, ...withUntil(route.until) })
  if (route.state !== 'active') return JSON.stringify(base)
  const { instance, upstream: { address, port } } = route
  return JSON.stringify({ ...base, instance, upstream: { address, port } })
}

const TENANT_ID = /^tn_[a-z0-9]{12}$/
/** A DNS label (RFC 1123 §2.1), which a slug is because `<slug>.<base domain>` is a hostname; so it is safe in a header too. */
const SLUG = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/

export function parseRoute (text: string): Route | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (!isRecord(value) || value.v !== ROUTE_VERSION) return null
  const { tenantId, slug, name, epoch, state } = value
  if (typeof tenantId !== 'string' || !TENANT_ID.test(tenantId)) return null
  if (typeof slug !== 'string' || !SLUG.test(slug) || typeof name !== 'string') return null
  if (!Number.isSafeInteger(epoch)) return null
  const limits = value.limits === undefined ? {} : parseLimits(value.limits)
  if (limits === null) return null
  const base = { tenantId, slug, name, epoch: epoch as number, ...withLimits(limits) }
  if (state === 'starting' || state === 'suspended') return { ...base, state }
  if (state === 'holding') return isUntil(value.until) ? { ...base, state, ...withUntil(value.until) } : null
  if (state !== 'active') return null
  const { instance, upstream } = value
  if (typeof instance !== 'string' || instance === '' || !isRecord(upstream)) return null
  const { address, port } = upstream
  if (typeof address !== 'string' || !isIPv4(address)) return null
  if (!Number.isInteger(port) || (port as number) < 1 || (port as number) > 65535) return null
  return { ...base, state, instance, upstream: { address, port: port as number } }
}

/** A record without overrides has no word of them: it is what it was before there were any. */
function withLimits (limits: LimitOverrides): { limits?: LimitOverrides } {
  return Object.keys(limits).length === 0 ? {} : { limits }
}

function withUntil (until: number | undefined): { until?: number } {
  return until === undefined ? {} : { until }
}

function isUntil (value: unknown): value is number | undefined {
  return value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)
}

function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
