import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import type { Logger } from 'pino'

export type { Redis }
export interface RedisAddress { readonly host: string, readonly port: number, readonly password: string }

/**
 * The only file that opens connections to Redis; what goes over them is the business of route-store.ts and rate-store.ts.
 * Away means away: whoever asks is told at once, and nothing waits for the connection to come back. Whoever opens one connects it, and closes it.
 */
export function openConnection ({ host, port, password }: RedisAddress, log: Logger, options: RedisOptions = {}): Redis {
  const connection = new Redis({
    host,
    port,
    password,
    lazyConnect: true,
    connectTimeout: 2000,
    commandTimeout: 1000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: attempt => Math.min(50 * 2 ** Math.min(attempt, 5), 1000),
    ...options
  })
  reportOnce(connection, log)
  return connection
}

/** Without a listener an error would end the process. One line for an outage, not one for every attempt. */
function reportOnce (connection: Redis, log: Logger): void {
  let reported = ''
  connection.on('error', (err: Error) => {
    if (err.message === reported) return
    reported = err.message
    log.warn({ err }, 'Redis connection failed')
  })
  connection.on('ready', () => { reported = '' })
}
