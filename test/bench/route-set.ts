import type { Redis } from 'ioredis'
import type { Hostname } from '../../gateway/hostname.ts'
import { routeKey, serializeRoute } from '../../gateway/route-record.ts'
import { addressOf } from './load/address.ts'

/** Where a tenant's instance is that nobody asks for. */
const NOWHERE = '127.99.99.99'
const BATCH = 10_000

/**
 * The routes of an installation with many tenants:
 *
 *   active   tenants that are visited, each at an instance with an address of its own
 *   domains  of one more tenant, which is at the first instance's address: routes without an instance each
 *   quiet    tenants that nobody visits
 */
export interface RouteSet {
  readonly active: number
  readonly domains: number
  readonly quiet: number
  /** Of all instances. */
  readonly port: number
}

export const activeHost = (i: number): Hostname => `active${i}.example.com` as Hostname
export const domainHost = (i: number): Hostname => `domain${i}.example.org` as Hostname
const quietHost = (i: number): Hostname => `quiet${i}.example.com` as Hostname

/** The record of an active tenant whose instance has this address; `deploy` grows with each change of it. */
export function activeRecord (i: number, address: number, port: number, deploy: number): string {
  return record(`active${i}`, `active${i}-${deploy}`, addressOf(address), port)
}

/** Writes all routes; in an order that spreads the active ones. */
export async function writeRoutes (redis: Redis, { active, domains, quiet, port }: RouteSet): Promise<void> {
  const total = active + domains + quiet
  let batch: string[] = []
  for (let n = 0, [a, d, q] = [0, 0, 0]; n < total; n++) {
    if (a * total <= n * active && a < active) batch.push(routeKey(activeHost(a)), activeRecord(a, a++, port, 0))
    else if (d * total <= n * domains && d < domains) batch.push(routeKey(domainHost(d++)), record('domains', 'domains-0', addressOf(0), port))
    else batch.push(routeKey(quietHost(q)), record(`quiet${q}`, `quiet${q++}-0`, NOWHERE, port))
    if (batch.length === 2 * BATCH || n === total - 1) {
      await redis.mset(batch)
      batch = []
    }
  }
}

function record (slug: string, instance: string, address: string, port: number): string {
  const tenantId = `tn_${slug.padStart(12, '0')}`
  return serializeRoute({ tenantId, slug, name: `Tenant ${slug}`, epoch: 1, state: 'active', instance, upstream: { address, port } })
}
