import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serializeRoute } from '../../../gateway/route-record.ts'
import { startGateway } from '../../world/gateway.ts'
import type { GatewayProcess } from '../../world/gateway.ts'
import { freePort } from '../../world/ports.ts'
import type { Teardown } from '../../world/teardown.ts'
import { routeTo } from '../scene.ts'
import { openRawClient } from './raw-client.ts'
import type { RawClient } from './raw-client.ts'
import { startRawTenant } from './raw-tenant.ts'
import type { RawTenant } from './raw-tenant.ts'
import type { Message } from './message.ts'

export const HOST = 'wire.example'

/** A gateway between sockets of the test's own. */
export interface Wire {
  gateway: GatewayProcess
  tenant: RawTenant
  /** A connection to the gateway. */
  client: (localAddress?: string) => Promise<RawClient>
  /** Sends bytes on a connection of their own and gives the answer to the first request in them. */
  ask: (bytes: string, localAddress?: string) => Promise<Message>
  /** A request with these header lines, for the tenant; the Host line is given. */
  get: (lines?: readonly string[], start?: string) => string
}

/**
 * Starts a gateway that knows one host. It learns that from a snapshot and never meets a Redis: what is tested here is
 * what passes between two sockets, and needs neither an engine nor a container.
 */
export async function setWire (t: Teardown, env: Readonly<Record<string, string>> = {}): Promise<Wire> {
  const tenant = await startRawTenant(t)
  const folder = await mkdtemp(join(tmpdir(), 'berth-wire-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const snapshot = join(folder, 'routes')
  await writeFile(snapshot, `${HOST} ${serializeRoute(routeTo(tenant.port))}\n`, { mode: 0o600 })
  const gateway = await startGateway(t, {
    redis: { host: '127.0.0.1', port: await freePort(), password: 'nobody listens' },
    env: { BERTH_GATEWAY_SNAPSHOT_FILE: snapshot, ...env }
  })
  const client = async (localAddress?: string) => await openRawClient(t, gateway.port, localAddress)
  return {
    gateway,
    tenant,
    client,
    ask: async (bytes, localAddress) => {
      const asking = await client(localAddress)
      asking.send(bytes)
      const answer = (await asking.responses(1, [bytes.split(' ')[0] as string])).at(-1)
      asking.socket.destroy()
      if (answer === undefined) throw new Error(`No whole answer: ${JSON.stringify(asking.received().slice(0, 500))}`)
      return answer
    },
    get: (lines = [], start = 'GET / HTTP/1.1') => `${[start, `Host: ${HOST}`, ...lines].join('\r\n')}\r\n\r\n`
  }
}
