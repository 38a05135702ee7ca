/**
 * The contract between the gateway, which counts what tenants use, and the provisioner, which keeps it.
 *
 *   key    berth:usage        a Redis stream of at most USAGE_STREAM_MAX records; the oldest make room
 *   entry  record  JSON of a UsageRecord
 *
 * A gateway process writes what it counted in a minute as one record, or several when there were many tenants. Its records are numbered
 * and written one after the other; one whose writing was not confirmed is written again under the same number. So a reader that remembers the greatest number
 * of each process takes every record once, however often it finds it.
 *
 * Both sides count durations in the same buckets, two for each doubling: bucket 0 is up to 0.5 ms, bucket i up to 0.5 × √2^i ms, the last is open.
 *
 * A reader must survive whatever it finds: `parseUsage` gives null for anything that is not a whole, well-formed record of a version that it knows.
 */
export const USAGE_STREAM = 'berth:usage'
export const USAGE_FIELD = 'record'
export const USAGE_VERSION = 1
/** About 25 kB each at the most: so many days of a small installation, hours of a large one, and never more than 100 MB of Redis. */
export const USAGE_STREAM_MAX = 4096
export const USAGE_TENANTS_MAX = 200
export const USAGE_BUCKETS = 36

export interface TenantUsage {
  readonly tenantId: string
  readonly requests: number
  /** Requests that were answered with a 5xx, by the tenant or for it. */
  readonly errors: number
  /** Bytes of bodies. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** How many requests took how long, by bucket, WebSockets left out; zeros at the end may be left out. */
  readonly latency: readonly number[]
}

export interface UsageRecord {
  /** UUID of the gateway process. */
  readonly process: string
  /** Grows by one with each record of the process, from 1. */
  readonly sequence: number
  /** When the counting began, in whole minutes of Unix time. */
  readonly minute: number
  readonly tenants: readonly TenantUsage[]
}

/** The upper bound of a bucket in milliseconds; of the last one Infinity. */
export function bucketBoundMs (bucket: number): number {
  return bucket >= USAGE_BUCKETS - 1 ? Infinity : 0.5 * Math.SQRT2 ** bucket
}

/** The bucket of a duration. */
export function bucketOf (ms: number): number {
  if (!(ms > 0.5)) return 0
  return Math.min(Math.ceil(2 * Math.log2(2 * ms)), USAGE_BUCKETS - 1)
}

export function serializeUsage ({ process, sequence, minute, tenants }: UsageRecord): string {
  return JSON.stringify({
    v: USAGE_VERSION,
    process,
    sequence,
    minute,
    tenants: tenants.map(({ tenantId, requests, errors, bytesIn, bytesOut, latency }) => [tenantId, requests, errors, bytesIn, bytesOut, latency])
  })
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const TENANT_ID = /^tn_[a-z0-9]{12}$/
/** The year 9999. */
const MAX_MINUTE = 4_223_371_680

export function parseUsage (text: string): UsageRecord | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || !('v' in value) || value.v !== USAGE_VERSION) return null
  const { process, sequence, minute, tenants } = value as Record<string, unknown>
  if (typeof process !== 'string' || !UUID.test(process)) return null
  if (!isCount(sequence) || sequence === 0 || !isCount(minute) || minute > MAX_MINUTE) return null
  if (!Array.isArray(tenants) || tenants.length > USAGE_TENANTS_MAX) return null
  const parsed = tenants.map(parseTenant)
  return parsed.every(tenant => tenant !== null) ? { process, sequence, minute, tenants: parsed } : null
}

function parseTenant (value: unknown): TenantUsage | null {
  if (!Array.isArray(value) || value.length !== 6) return null
  const [tenantId, requests, errors, bytesIn, bytesOut, latency] = value as unknown[]
  if (typeof tenantId !== 'string' || !TENANT_ID.test(tenantId)) return null
  if (!isCount(requests) || !isCount(errors) || !isCount(bytesIn) || !isCount(bytesOut)) return null
  if (!Array.isArray(latency) || latency.length > USAGE_BUCKETS || !latency.every(isCount)) return null
  return { tenantId, requests, errors, bytesIn, bytesOut, latency }
}

function isCount (value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
