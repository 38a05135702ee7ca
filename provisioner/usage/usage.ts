import { bucketBoundMs, USAGE_BUCKETS } from '../../gateway/usage-record.ts'

/** What a tenant used in a minute or more: everything a sum. */
export interface Used {
  requests: number
  errors: number
  bytesIn: number
  bytesOut: number
  /** Requests by how long they took: see gateway/usage-record.ts. */
  latency: readonly number[]
  /** Microseconds of CPU time. */
  cpuUs: number
  /** The average is these over the seconds; it is not known where there are none. */
  memoryByteSeconds: number
  memorySeconds: number
  databaseByteSeconds: number
  databaseSeconds: number
}

/** What a tenant used in the minute that began `at`, in whole minutes of Unix time. */
export interface UsedInMinute extends Used {
  tenantId: string
  minute: number
}

export const NOTHING: Used = {
  requests: 0, errors: 0, bytesIn: 0, bytesOut: 0, latency: [], cpuUs: 0, memoryByteSeconds: 0, memorySeconds: 0, databaseByteSeconds: 0, databaseSeconds: 0
}

/** Minutes are kept for a day, hours for ninety. */
export const MINUTES_KEPT = 24 * 60
export const HOURS_KEPT = 90 * 24

export interface Percentiles { p50Ms: number, p95Ms: number, p99Ms: number }

/** Percentiles from counts by bucket, interpolated within a bucket: at most a fifth off. Null without a request. */
export function percentiles (latency: readonly number[]): Percentiles | null {
  const total = latency.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const at = (share: number): number => {
    let before = 0
    for (const [bucket, count] of latency.entries()) {
      if (before + count >= share * total && count > 0) return within(bucket, (share * total - before) / count)
      before += count
    }
    return within(latency.length - 1, 1)
  }
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) }
}

function within (bucket: number, share: number): number {
  const from = bucket === 0 ? 0 : bucketBoundMs(bucket - 1)
  // The last one is open: what is known is where it begins.
  const to = bucket >= USAGE_BUCKETS - 1 ? from : bucketBoundMs(bucket)
  return Math.round((from + (to - from) * share) * 100) / 100
}

/** `sum / seconds`, or null when nothing was seen. */
export function average (sum: number, seconds: number): number | null {
  return seconds === 0 ? null : Math.round(sum / seconds)
}
