import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Hostname } from '../../gateway/hostname.ts'
import { hostOfRouteKey, parseRoute, ROUTE_KEY_PREFIX, routeKey, serializeRoute } from '../../gateway/route-record.ts'
import type { Route } from '../../gateway/route-record.ts'
import { openRedis } from './redis.ts'

/**
 * Sets KEYS[1] to ARGV[1], unless it is that already, or holds a record of the tenant (ARGV[2]) from a later lease
 * (ARGV[3]) or one of another tenant: a provisioner that slept through the end of its lease cannot undo the work of its
 * successor. A host passes to another tenant only after its route was withdrawn; a leftover is the sweep's to remove.
 */
const PUBLISH = `
local held = redis.pcall('GET', KEYS[1])
if held == ARGV[1] then return 0 end
if type(held) == 'string' then
  local ok, route = pcall(cjson.decode, held)
  if ok and type(route) == 'table' and type(route.tenantId) == 'string' and type(route.epoch) == 'number' then
    if route.tenantId ~= ARGV[2] or route.epoch > tonumber(ARGV[3]) then return -1 end
  end
end
redis.call('SET', KEYS[1], ARGV[1])
return 1`

/**
 * Deletes KEYS[1] when it is of tenant ARGV[1] (empty: whatever it is) and of no later lease than ARGV[2]. What is not there is named
 * all the same, by setting and deleting it: gateways keep what a flush took from them until it is named.
 */
const WITHDRAW = `
local held = redis.pcall('GET', KEYS[1])
if not held then
  redis.call('SET', KEYS[1], '')
  redis.call('DEL', KEYS[1])
  return 0
end
local ok, route = pcall(cjson.decode, type(held) == 'string' and held or '')
if ok and type(route) == 'table' and ARGV[1] ~= '' then
  if route.tenantId ~= ARGV[1] then return 0 end
  if (tonumber(route.epoch) or 0) > tonumber(ARGV[2]) then return -1 end
end
redis.call('DEL', KEYS[1])
return 1`

const SCAN_COUNT = 1000

/** What stands under a host: a route, `unreadable` for anything else, or null for nothing. */
export type PublishedRoute = Route | 'unreadable' | null

export interface PublishedRoutes {
  read (hosts: Hostname[]): Promise<Map<Hostname, PublishedRoute>>
  /** Writes a route under each host. Returns how many changed. Throws when one is held by a later lease or another tenant. */
  publish (hosts: Hostname[], route: Route): Promise<number>
  /** Removes the routes of a tenant, and what is unreadable, under these hosts. Returns how many there were. */
  withdraw (hosts: Hostname[], tenantId: string, epoch: number): Promise<number>
  /** Reads every route there is, in batches. */
  readAll (): AsyncGenerator<Map<Hostname, PublishedRoute>>
  /** Told each time the connection to Redis is made anew: what was published may be lost. */
  onReconnect (listener: () => void): void
  ping (): Promise<void>
  close (): void
}

/** Opens a connection to Redis. While Redis is away every call fails within a second instead of waiting. */
export function openPublishedRoutes (config: Config['redis'], log: Logger): PublishedRoutes {
  const listeners: Array<() => void> = []
  const redis = openRedis(config, 'berth-provisioner', log, () => { for (const listener of listeners) listener() })

  async function read (hosts: Hostname[]): Promise<Map<Hostname, PublishedRoute>> {
    if (hosts.length === 0) return new Map()
    const values = await redis.mget(hosts.map(routeKey))
    return new Map(hosts.map((host, i) => [host, readable(values[i] ?? null)]))
  }

  async function publish (hosts: Hostname[], route: Route): Promise<number> {
    const text = serializeRoute(route)
    const results = await Promise.all(hosts.map(host => redis.eval(PUBLISH, 1, routeKey(host), text, route.tenantId, route.epoch)))
    const refused = hosts.filter((_host, i) => results[i] === -1)
    if (refused.length > 0) throw new Error(`The routes of ${refused.join(', ')} were written by a later lease or belong to another tenant.`)
    return results.filter(result => result === 1).length
  }

  async function withdraw (hosts: Hostname[], tenantId: string, epoch: number): Promise<number> {
    const results = await Promise.all(hosts.map(host => redis.eval(WITHDRAW, 1, routeKey(host), tenantId, epoch)))
    return results.filter(result => result === 1).length
  }

  async function * readAll (): AsyncGenerator<Map<Hostname, PublishedRoute>> {
    let cursor = '0'
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `${ROUTE_KEY_PREFIX}*`, 'COUNT', SCAN_COUNT)
      cursor = next
      yield await read(keys.map(hostOfRouteKey).filter(host => host !== null))
    } while (cursor !== '0')
  }

  return {
    read,
    publish,
    withdraw,
    readAll,
    onReconnect: listener => { listeners.push(listener) },
    ping: async () => { await redis.ping() },
    close: () => { redis.disconnect() }
  }
}

function readable (value: string | null): PublishedRoute {
  return value === null ? null : parseRoute(value) ?? 'unreadable'
}
