import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { Redis } from 'ioredis'
import type { Hostname } from '../../gateway/hostname.ts'
import { routeKey, serializeRoute } from '../../gateway/route-record.ts'
import type { Route } from '../../gateway/route-record.ts'
import { startGateway } from '../world/gateway.ts'
import type { GatewayProcess } from '../world/gateway.ts'
import { request } from '../world/http.ts'
import type { RequestOptions, Response } from '../world/http.ts'
import { claimInstallation } from '../world/network.ts'
import { startRedis } from '../world/redis.ts'
import type { RedisService } from '../world/redis.ts'
import type { Teardown } from '../world/teardown.ts'

/** A Redis and a gateway of their own, and what a provisioner would do to them. */
export interface Scene {
  redis: RedisService
  gateway: GatewayProcess
  /** A connection to Redis that a test may use; it waits while Redis is away. */
  client: Redis
  publish: (host: string, route: Route) => Promise<void>
  withdraw: (host: string) => Promise<void>
  /** A request through the gateway. */
  ask: (host: string, options?: Omit<RequestOptions, 'port' | 'host'>) => Promise<Response>
}

export async function setScene (t: Teardown, installation: string, env: Readonly<Record<string, string>> = {}): Promise<Scene> {
  await claimInstallation(t, installation)
  const redis = await startRedis(t, { installation })
  const client = new Redis({ host: redis.host, port: redis.port, password: redis.password, maxRetriesPerRequest: null })
  client.on('error', () => {})
  t.teardown(() => { client.disconnect() })
  const gateway = await startGateway(t, { redis, env })
  return {
    redis,
    gateway,
    client,
    publish: async (host, route) => { await client.set(routeKey(host as Hostname), serializeRoute(route)) },
    withdraw: async host => { await client.del(routeKey(host as Hostname)) },
    ask: (host, options) => request({ port: gateway.port, host, ...options })
  }
}

let tenants = 0

/** An active route of a tenant of its own to a port on this machine. */
export function routeTo (port: number, parts: Partial<Route> = {}): Route & { state: 'active' } {
  const slug = `t${++tenants}`
  return {
    tenantId: `tn_${slug.padEnd(12, '0')}`,
    slug,
    name: slug,
    epoch: 1,
    state: 'active',
    instance: `instance-${slug}`,
    upstream: { address: '127.0.0.1', port },
    ...parts
  } as Route & { state: 'active' }
}

export interface Origin {
  port: number
  server: Server
  /** Requests as they came, the latest last. */
  requests: IncomingMessage[]
}

/** A tenant's application on this machine. */
export async function startOrigin (t: Teardown, listener: RequestListener): Promise<Origin> {
  const requests: IncomingMessage[] = []
  const server = createServer((incoming, answer) => {
    requests.push(incoming)
    listener(incoming, answer)
  })
  const port = await listen(t, server)
  t.teardown(() => { server.closeAllConnections() })
  return { port, server, requests }
}

/** A tenant's application that has its own idea of HTTP. */
export async function startRawOrigin (t: Teardown, onConnection: (socket: Socket) => void): Promise<{ port: number, sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createTcpServer(socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  const port = await listen(t, server)
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  return { port, sockets }
}

async function listen (t: Teardown, server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  return (server.address() as AddressInfo).port
}
