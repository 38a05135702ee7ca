import { run } from './command.ts'

/** What an engine holds of an installation, found by label: ids of containers and networks, names of volumes. */
export interface Belongings {
  tenants: readonly string[]
  containers: readonly string[]
  volumes: readonly string[]
  networks: readonly string[]
}

export async function findBelongings (installation: string): Promise<Belongings> {
  const mine = ['--quiet', '--filter', `label=berth.installation=${installation}`]
  const [tenants, containers, volumes, networks] = await Promise.all([
    list(['ps', '--all', ...mine, '--filter', 'label=berth.tenant']),
    list(['ps', '--all', ...mine]),
    list(['volume', 'ls', ...mine]),
    list(['network', 'ls', ...mine])
  ])
  return { tenants, containers, volumes, networks }
}

/** Removes it all: the services first, one of which makes tenants' containers, then what is left, then what that used. */
export async function removeBelongings (installation: string): Promise<void> {
  const { containers, tenants } = await findBelongings(installation)
  await remove(['rm', '--force', '--volumes'], containers.filter(id => !tenants.includes(id)))
  const left = await findBelongings(installation)
  await remove(['rm', '--force', '--volumes'], left.containers)
  await remove(['volume', 'rm', '--force'], left.volumes)
  await remove(['network', 'rm'], left.networks)
}

/** Running containers of tenants, which are stopped together. */
export async function stopTenants (installation: string): Promise<number> {
  const running = await list(['ps', '--quiet', '--filter', `label=berth.installation=${installation}`, '--filter', 'label=berth.tenant'])
  if (running.length > 0) await run('docker', ['stop', ...running])
  return running.length
}

/** Every installation that the engine holds something of. */
export async function installations (): Promise<string[]> {
  const format = ['--filter', 'label=berth.installation', '--format', '{{.Label "berth.installation"}}']
  const found = await Promise.all([list(['ps', '--all', ...format]), list(['volume', 'ls', ...format]), list(['network', 'ls', ...format])])
  return [...new Set(found.flat())].sort()
}

async function remove (command: readonly string[], ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await run('docker', [...command, ...ids])
}

async function list (args: readonly string[]): Promise<string[]> {
  return (await run('docker', args)).split('\n').filter(line => line !== '')
}
