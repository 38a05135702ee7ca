import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serializeRoute } from '../../gateway/route-record.ts'
import type { Route } from '../../gateway/route-record.ts'
import { startGateway } from '../world/gateway.ts'
import type { GatewayProcess } from '../world/gateway.ts'
import { freePort } from '../world/ports.ts'
import type { Teardown } from '../world/teardown.ts'

/** A gateway that learns its routes from a snapshot and never meets a Redis: it needs neither an engine nor a container. */
export async function startWithRoutes (t: Teardown, routes: Readonly<Record<string, Route>>, env: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-routes-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const snapshot = join(folder, 'routes')
  await writeFile(snapshot, Object.entries(routes).map(([host, route]) => `${host} ${serializeRoute(route)}\n`).join(''), { mode: 0o600 })
  return await startGateway(t, {
    redis: { host: '127.0.0.1', port: await freePort(), password: 'nobody listens' },
    env: { BERTH_GATEWAY_SNAPSHOT_FILE: snapshot, ...env }
  })
}
