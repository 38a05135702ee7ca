import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { parseUsage, USAGE_FIELD, USAGE_STREAM } from '../../gateway/usage-record.ts'
import type { UsageRecord } from '../../gateway/usage-record.ts'
import { openRedis } from './redis.ts'

/** A record as it lies in Redis; null: something that is no record of a version that this provisioner knows. */
export interface FoundRecord { id: string, record: UsageRecord | null }

/** What gateways wrote of what tenants used: see gateway/usage-record.ts. Every call throws while Redis is away. */
export interface UsageRecords {
  /** The oldest records, at most so many. */
  oldest (count: number): Promise<FoundRecord[]>
  remove (ids: string[]): Promise<void>
  /** How many wait. */
  size (): Promise<number>
  close (): void
}

export function openUsageRecords (config: Config['redis'], log: Logger): UsageRecords {
  const redis = openRedis(config, 'berth-provisioner-usage', log)
  return {
    async oldest (count) {
      const entries = await redis.xrange(USAGE_STREAM, '-', '+', 'COUNT', count)
      return entries.map(([id, [field, value = '']]) => ({ id, record: field === USAGE_FIELD ? parseUsage(value) : null }))
    },
    async remove (ids) { if (ids.length > 0) await redis.xdel(USAGE_STREAM, ...ids) },
    size: async () => await redis.xlen(USAGE_STREAM),
    close: () => { redis.disconnect() }
  }
}
