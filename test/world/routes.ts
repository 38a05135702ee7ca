import { Redis } from 'ioredis'
import { parseRoute, ROUTE_KEY_PREFIX } from '../../gateway/route-record.ts'
import type { Ground } from './installation.ts'

/** Works with the routes in an installation's Redis. */
export async function withRedis<T> (ground: Ground, work: (redis: Redis) => Promise<T>): Promise<T> {
  const { host, port, password } = ground.redis
  const redis = new Redis({ host, port, password, lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  await redis.connect()
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** Every host that has a route, and the tenant that it names. */
export async function routesOf (ground: Ground): Promise<Record<string, string | undefined>> {
  return await withRedis(ground, async redis => {
    const keys = (await redis.keys(`${ROUTE_KEY_PREFIX}*`)).sort()
    const values = keys.length === 0 ? [] : await redis.mget(keys)
    return Object.fromEntries(keys.map((key, i) => [key.slice(ROUTE_KEY_PREFIX.length), parseRoute(values[i] ?? '')?.tenantId]))
  })
}
