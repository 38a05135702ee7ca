import { attempt, run } from '../../deploy/command.ts'
import { waitFor } from './wait-for.ts'
import type { Teardown } from './teardown.ts'

export interface ServiceContainer {
  containerId: string
  /** Stops it as an operator would: by the image's stop signal. */
  stop: () => Promise<void>
  /** Starts it again and waits until it answers. */
  start: () => Promise<void>
  restart: () => Promise<void>
}

export interface ServiceOptions {
  installation: string
  name: string
  image: string
  env: Readonly<Record<string, string>>
  tmpfs: readonly string[]
  /** Resolves true once the service answers. */
  ready: () => Promise<boolean>
}

/** Runs one of Berth's own images, as confined as compose.yaml does, in the host's network. */
export async function startService (t: Teardown, options: ServiceOptions): Promise<ServiceContainer> {
  const id = (await run('docker', [
    'run', '--detach', '--name', options.name, '--network', 'host', '--label', `berth.installation=${options.installation}`,
    '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges',
    ...options.tmpfs.flatMap(entry => ['--tmpfs', entry]),
    // By name only: the values come from the environment of the client, and so are in no argument list.
    ...Object.keys(options.env).flatMap(name => ['--env', name]),
    options.image
  ], { env: options.env })).trim()
  t.teardown(() => attempt('docker', ['rm', '--force', '--volumes', id]))

  const untilReady = async () => {
    try {
      await waitFor(`${options.name} to answer`, options.ready, { timeoutMs: 30_000 })
    } catch (cause) {
      const logs = await attempt('docker', ['logs', '--tail', '20', id])
      throw new Error(`${options.name} did not start:\n${logs.stdout}${logs.stderr}`, { cause })
    }
  }
  await untilReady()
  return {
    containerId: id,
    stop: async () => { await run('docker', ['stop', id]) },
    start: async () => {
      await run('docker', ['start', id])
      await untilReady()
    },
    restart: async () => {
      await run('docker', ['restart', id])
      await untilReady()
    }
  }
}
