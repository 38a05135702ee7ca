import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { startService } from './container.ts'
import type { ServiceContainer } from './container.ts'
import { freePort } from './ports.ts'
import type { Teardown } from './teardown.ts'

export interface RedisService extends ServiceContainer {
  host: string
  port: number
  password: string
  flushall: () => Promise<void>
}

/** A Redis of its own on loopback, from the image that an installation runs. */
export async function startRedis (t: Teardown, { installation }: { installation: string }): Promise<RedisService> {
  const host = '127.0.0.1'
  const port = await freePort()
  const password = randomBytes(16).toString('hex')

  const ask = async (command: string): Promise<unknown> => {
    const client = new Redis({ host, port, password, lazyConnect: true, retryStrategy: () => null })
    // Errors also reject the call below; without a listener they would be printed a second time.
    client.on('error', () => {})
    try {
      await client.connect()
      return await client.call(command)
    } finally {
      client.disconnect()
    }
  }

  const container = await startService(t, {
    installation,
    name: `${installation}-redis-${port}`,
    image: 'berth-redis',
    env: { BERTH_REDIS_PORT: String(port), BERTH_REDIS_PASSWORD: password },
    tmpfs: ['/run/redis:mode=0700,uid=10079', '/tmp'],
    ready: async () => await ask('PING') === 'PONG'
  })
  return { ...container, host, port, password, flushall: async () => { await ask('FLUSHALL') } }
}
