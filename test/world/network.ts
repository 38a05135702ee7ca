import { removeBelongings } from '../../deploy/belongings.ts'
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
