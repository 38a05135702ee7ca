import type { Hostname } from '../../gateway/hostname.ts'
import type { Container } from '../resources/engine.ts'
import type { PublishedRoute } from '../resources/published-routes.ts'

/** Everything of this installation that there is outside of the control database. */
export interface World {
  containers: Container[]
  volumes: Array<{ name: string, tenantId: string }>
  /** Tenants and releases that a database role exists for. */
  roles: Set<string>
  /** Those of them whose role or database does not hold what it must. */
  changedRoles: Set<string>
  /** Null while Redis does not answer. */
  routes: Map<Hostname, PublishedRoute> | null
}

/** What the control database says, read after the world was looked at: whatever was seen out there had its tenant then. */
export interface Register {
  tenants: RegisteredTenant[]
  /** Ids of releases that are being proven: they have containers, volumes and databases as tenants do. */
  proofs: string[]
  /** Ids of releases that have a template, and a role for it. */
  templates: string[]
  hosts: Map<string, string>
}

export interface RegisteredTenant {
  id: string
  wanted: 'running' | 'suspended' | 'deleted'
  /** It was ready, as wanted, when it was last looked at. */
  settled: boolean
  hosts: string[]
  instances: Array<{ name: string, address: string, port: number, healthPath: string }>
}

export interface Census {
  /** Tenants that do not look as they should. */
  suspects: string[]
  /** Running instances of the others: whether they answer has to be asked. */
  toProbe: Array<{ tenantId: string, address: string, port: number, healthPath: string }>
  orphanContainers: Container[]
  orphanVolumes: string[]
  orphanRoles: string[]
  /** How many tenants there are. */
  tenants: number
  /** With the tenant that they name; empty when they cannot be read. */
  orphanRoutes: Array<{ host: Hostname, tenantId: string }>
}

/** Compares the world with the register, for all tenants at once and without asking anybody anything. Pure. */
export function takeCensus (world: World, register: Register): Census {
  const known = new Set([...register.tenants.map(tenant => tenant.id), ...register.proofs])
  const templates = new Set(register.templates)
  const containersOf = Map.groupBy(world.containers, container => container.tenantId)
  const suspects: string[] = []
  const toProbe: Census['toProbe'] = []
  for (const tenant of register.tenants) {
    const running = runningInstances(tenant, containersOf.get(tenant.id) ?? [])
    if (!looksRight(tenant, containersOf.get(tenant.id) ?? [], running, world)) suspects.push(tenant.id)
    else if (tenant.wanted === 'running') toProbe.push(...running.map(({ address, port, healthPath }) => ({ tenantId: tenant.id, address, port, healthPath })))
  }
  return {
    suspects,
    toProbe,
    tenants: register.tenants.length,
    orphanContainers: world.containers.filter(container => !known.has(container.tenantId)),
    orphanVolumes: world.volumes.filter(volume => !known.has(volume.tenantId)).map(volume => volume.name),
    orphanRoles: [...world.roles].filter(id => !known.has(id) && !templates.has(id)),
    orphanRoutes: [...world.routes ?? []].filter(([host, route]) => !belongs(host, route, register))
      .map(([host, route]) => ({ host, tenantId: route === null || route === 'unreadable' ? '' : route.tenantId }))
  }
}

function looksRight (tenant: RegisteredTenant, containers: Container[], running: RegisteredTenant['instances'], world: World): boolean {
  if (!tenant.settled || tenant.wanted === 'deleted') return false
  if (!world.roles.has(tenant.id)) return false
  // Of a suspended tenant nobody needs to get in.
  if (tenant.wanted === 'running' && world.changedRoles.has(tenant.id)) return false
  const names = new Set(tenant.instances.map(instance => instance.name))
  if (containers.some(container => !names.has(container.name))) return false
  const state = tenant.wanted === 'suspended' ? 'suspended' : 'active'
  const instance = running[0]?.name
  if (tenant.wanted === 'suspended' ? containers.length > 0 : running.length !== 1 || containers.length !== 1) return false
  return world.routes === null || tenant.hosts.every(host => {
    const route = world.routes?.get(host as Hostname)
    if (route === undefined || route === null || route === 'unreadable') return false
    return route.tenantId === tenant.id && route.state === state && (route.state !== 'active' || route.instance === instance)
  })
}

function runningInstances (tenant: RegisteredTenant, containers: Container[]): RegisteredTenant['instances'] {
  return tenant.instances.filter(({ name, address }) => containers.some(container => container.name === name && container.state === 'running' && container.addresses.includes(address)))
}

function belongs (host: Hostname, route: PublishedRoute, register: Register): boolean {
  const owner = register.hosts.get(host)
  // An unreadable route of a known host is overwritten by its tenant's next pass.
  return owner !== undefined && (route === null || route === 'unreadable' || route.tenantId === owner)
}
