import { createHash } from 'node:crypto'
import { attempt, run } from './command.ts'

/** The bridge on which the first tenants of an installation sit. PostgreSQL listens on its gateway address. */
export interface TenantNetwork {
  name: string
  bridge: string
  subnet: string
  gateway: string
}

/** Tenants are spread over pools of this size: a Linux bridge has room for some 1,000 ports. */
const POOL_PREFIX = 22

/** Pool 0 of an installation. The provisioner makes the same one, and the further ones, by the same rule. */
export function firstTenantNetwork (installation: string, tenantSubnet: string): TenantNetwork {
  const base = tenantSubnet.split('/')[0] as string
  const octets = base.split('.').map(Number)
  octets[3] = (octets[3] as number) + 1
  const mark = createHash('sha256').update(installation).digest('hex').slice(0, 4)
  return {
    name: `${installation}-tenants-0`,
    bridge: `br-${mark}-t0`,
    subnet: `${base}/${POOL_PREFIX}`,
    gateway: octets.join('.')
  }
}

/** Creates pool 0 unless it is there. Throws when a network of that name belongs to somebody else. */
export async function ensureTenantNetwork (installation: string, tenantSubnet: string): Promise<'created' | 'present'> {
  const network = firstTenantNetwork(installation, tenantSubnet)
  if (await isPresent(network, installation)) return 'present'
  const created = await attempt('docker', [
    'network', 'create', '--driver', 'bridge',
    '--subnet', network.subnet, '--gateway', network.gateway,
    '--opt', `com.docker.network.bridge.name=${network.bridge}`,
    '--opt', 'com.docker.network.bridge.enable_icc=false',
    '--label', `berth.installation=${installation}`,
    network.name
  ])
  if (created.code === 0) return 'created'
  // The provisioner of a running installation may have been faster.
  if (await isPresent(network, installation)) return 'present'
  throw new Error(`The tenants' network ${network.name} (${network.subnet}) cannot be made: ${created.stderr.trim()}. ` +
    'When another network has these addresses, choose a free range with BERTH_TENANT_SUBNET.')
}

async function isPresent (network: TenantNetwork, installation: string): Promise<boolean> {
  // A filter by name matches parts of names, hence the comparison.
  const list = await run('docker', ['network', 'ls', '--filter', `name=${network.name}`,
    '--format', '{{.Name}} {{.Label "berth.installation"}}'])
  const line = list.split('\n').find(entry => entry.split(' ')[0] === network.name)
  if (line === undefined) return false
  if (line.split(' ')[1] === installation) return true
  throw new Error(`The network ${network.name} exists and is not this installation's. Remove it or choose another BERTH_INSTALLATION.`)
}
