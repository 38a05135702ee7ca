import { fileURLToPath } from 'node:url'
import type { Hostname } from '../../../gateway/hostname.ts'
import { routeKey, serializeRoute } from '../../../gateway/route-record.ts'
import type { Ground } from '../../world/installation.ts'
import { freePort } from '../../world/ports.ts'
import { withRedis } from '../../world/routes.ts'
import type { Teardown } from '../../world/teardown.ts'
import { startProxy } from './proxy.ts'
import type { Proxy, RunningProxy, Scene } from './proxy.ts'

const MAIN = fileURLToPath(new URL('../../../gateway/main.ts', import.meta.url))

/** The gateway as an installation runs it, with so many workers: routes from Redis, access log, metrics, limits. */
export function gateway (id: string, title: string, workers: number, cores: string): Proxy {
  return {
    id,
    title,
    own: true,
    start: async (t, scene) => {
      const { redis } = scene
      await withRedis({ redis } as Ground, async client => {
        for (const [host, port] of [[scene.host, scene.originPort], [scene.echoHost, scene.echoPort]] as const) {
          await client.set(routeKey(host as Hostname), serializeRoute({
            tenantId: 'tn_000000000001', slug: 'bench', name: 'Bench', epoch: 1, state: 'active', instance: `bench-${port}`, upstream: { address: '127.0.0.1', port }
          }))
        }
      })
      return await startBerth(t, scene, { name: id, cores, workers })
    }
  }
}

/** The gateway as a process of its own; `adminPort` has its metrics. */
export async function startBerth (
  t: Teardown, scene: Pick<Scene, 'folder' | 'host' | 'redis'>, { name, cores, workers, env = {} }: { name: string, cores: string, workers: number, env?: Record<string, string> }
): Promise<RunningProxy & { adminPort: number }> {
  const { redis } = scene
  const [port, adminPort] = [await freePort(), await freePort()]
  const running = await startProxy(t, scene, {
    name,
    cores,
    file: process.execPath,
    args: [MAIN],
    env: {
      BERTH_GATEWAY_HOST: '127.0.0.1',
      BERTH_GATEWAY_PORT: String(port),
      BERTH_GATEWAY_ADMIN_PORT: String(adminPort),
      BERTH_REDIS_HOST: redis.host,
      BERTH_REDIS_PORT: String(redis.port),
      BERTH_REDIS_PASSWORD: redis.password,
      // All load is one tenant's: its share of the gateway has to hold the most connections that are measured.
      BERTH_GATEWAY_TENANT_QUEUE: '1024',
      ...(workers === 1 ? {} : { BERTH_GATEWAY_WORKERS: String(workers) }),
      ...env
    },
    port,
    version: '(everything on)'
  })
  return { ...running, adminPort }
}
