// The Redis image's own promises: a password, loopback only, and what was written survives a restart.
import { Redis } from 'ioredis'
import t from 'tap'
import { run } from '../../deploy/command.ts'
import { claimInstallation } from '../world/network.ts'
import { startRedis } from '../world/redis.ts'

const installation = 'bt-redisimage'

t.test('the Redis image', async t => {
  await claimInstallation(t, installation)
  const redis = await startRedis(t, { installation })
  const connect = async (password: string) => {
    const client = new Redis({ host: redis.host, port: redis.port, password, lazyConnect: true, retryStrategy: () => null })
    client.on('error', () => {})
    t.teardown(() => client.disconnect())
    await client.connect()
    return client
  }

  await t.rejects(connect('wrong'))

  const client = await connect(redis.password)
  t.same(await client.config('GET', 'bind'), ['bind', '127.0.0.1'])
  t.same(await client.config('GET', 'maxmemory-policy'), ['maxmemory-policy', 'noeviction'])
  await client.set('key', 'kept')
  client.disconnect()

  await redis.restart()
  t.equal(await (await connect(redis.password)).get('key'), 'kept')
  t.notMatch(await run('docker', ['top', redis.containerId, '-eo', 'pid,args']), redis.password)
})
