import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { request } from './http.ts'
import type { Response } from './http.ts'
import type { Ground } from './installation.ts'
import { freePort } from './ports.ts'
import type { Teardown } from './teardown.ts'
import { waitFor } from './wait-for.ts'

export interface ProvisionerProcess {
  readonly port: number
  readonly pid: number
  output: () => string
  /** SIGTERM, and resolves with the exit code. */
  stop: () => Promise<number | null>
  /** SIGKILL, and resolves when it has ended. */
  kill: () => Promise<void>
  /** One request to the API with the installation's token. */
  api: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>
}

const MAIN = fileURLToPath(new URL('../../provisioner/main.ts', import.meta.url))

/** A provisioner in a process of its own, as it is run; resolves once it is ready. */
export async function startProvisioner (t: Teardown, ground: Ground, env: Record<string, string> = {}): Promise<ProvisionerProcess> {
  const port = Number(env.BERTH_API_PORT ?? await freePort())
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', ...ground.env, BERTH_API_PORT: String(port), ...env }
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += String(chunk) })
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    return await exited
  }
  t.teardown(async () => { await stop('SIGKILL') })
  try {
    await waitFor('the provisioner to be ready', async () => {
      if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}.`)
      return (await request({ port, path: '/readyz' }).catch(() => null))?.status === 200
    })
  } catch (cause) {
    throw new Error(`The provisioner did not get ready:\n${output}`, { cause })
  }
  return {
    port,
    pid: child.pid as number,
    output: () => output,
    stop: async () => await stop('SIGTERM'),
    kill: async () => { await stop('SIGKILL') },
    api: async (method, path, body, headers = {}) => await request({
      port, method, path, body, timeoutMs: 150_000, headers: { authorization: `Bearer ${ground.env.BERTH_ADMIN_TOKEN as string}`, ...headers }
    })
  }
}
