import ipaddr from 'ipaddr.js'
import { removeBelongings } from '../../deploy/belongings.ts'
import { run } from '../../deploy/command.ts'
import type { Teardown } from './teardown.ts'

export { ensureTenantNetwork } from '../../deploy/tenant-network.ts'

/** Removes all that carries an installation's label: containers, then volumes, then networks. */
export async function removeInstallation (installation: string): Promise<void> {
  await removeBelongings(installation)
}

/** Takes an installation's name for a test: what an aborted run left goes now, what this one makes goes at its end. */
export async function claimInstallation (t: Teardown, installation: string): Promise<void> {
  await removeInstallation(installation)
  t.teardown(() => removeInstallation(installation))
}

/** Removes installations of tests that have networks in a subnet: files that share one run one after the other, so whoever is there was left by an aborted run. */
export async function clearSubnet (subnet: string): Promise<void> {
  const ids = (await run('docker', ['network', 'ls', '--quiet', '--filter', 'label=berth.installation'])).split('\n').filter(id => id !== '')
  if (ids.length === 0) return
  const range = ipaddr.IPv4.parseCIDR(subnet)
  const lines = (await run('docker', ['network', 'inspect', '--format', '{{index .Labels "berth.installation"}} {{range .IPAM.Config}}{{.Subnet}} {{end}}', ...ids])).split('\n')
  for (const line of lines) {
    const [installation = '', ...subnets] = line.trim().split(' ')
    if (installation.startsWith('bt-') && subnets.some(each => ipaddr.IPv4.parseCIDR(each)[0].match(range))) await removeInstallation(installation)
  }
}
