import { Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'

export type { Redis }

/**
 * Opens a connection to Redis, which comes back by itself; the caller disconnects it. While Redis is away every call fails within a
 * few seconds instead of waiting. `onReady` is told each time the connection is made anew.
 */
export function openRedis (config: Config['redis'], connectionName: string, log: Logger, onReady: () => void = () => {}): Redis {
  const redis = new Redis({
    ...config,
    connectionName,
    maxRetriesPerRequest: 1,
    connectTimeout: 1000,
    commandTimeout: 2000,
    retryStrategy: attempt => Math.min(attempt * 50, 1000)
  })
  let connected = false
  redis.on('error', err => { if (connected) log.warn({ err }, 'redis connection failed') })
  redis.on('close', () => { connected = false })
  redis.on('ready', () => {
    connected = true
    log.info('redis connected')
    onReady()
  })
  return redis
}
