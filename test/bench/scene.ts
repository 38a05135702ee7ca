import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../deploy/command.ts'
import { claimInstallation } from '../world/network.ts'
import { startRedis } from '../world/redis.ts'
import type { Teardown } from '../world/teardown.ts'
import { startEchoOrigin, startOrigin } from './origin.ts'
import type { Origin } from './origin.ts'
import type { Proxy, RunningProxy, Scene } from './proxies/proxy.ts'

/** A proxy that is measured; for the floor, the origin itself. */
export interface Contestant { readonly id: string, readonly title: string, readonly unfit?: Proxy['unfit'], readonly proxy: RunningProxy }

/** Why a proxy is not measured. */
export interface Absent { readonly title: string, readonly why: string }

/** This process, and whatever it starts from here on, runs on these cores. */
export async function stayOn (cores: readonly number[]): Promise<void> {
  await pin(process.pid, cores)
}

/** What the proxies stand before, on the cores of this process. */
export async function layScene (t: Teardown, installation: string, loadCores: readonly number[]): Promise<{ scene: Scene, origin: Origin }> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-bench-'))
  t.teardown(async () => { await rm(folder, { recursive: true, force: true }) })
  await claimInstallation(t, installation)
  const redis = await startRedis(t, { installation })
  // A container is a child of the engine, and inherits nothing of this process.
  await pin(Number(await run('docker', ['inspect', '--format', '{{.State.Pid}}', redis.containerId])), loadCores)
  const origin = await startOrigin(t, folder)
  const echoPort = await startEchoOrigin(t)
  return { origin, scene: { folder, host: 'bench.example.com', originPort: origin.port, echoHost: 'echo.example.com', echoPort, redis } }
}

/** Starts those that can be had; one of Berth's own that does not start is an error. */
export async function startProxies (t: Teardown, scene: Scene, proxies: readonly Proxy[]): Promise<{ contestants: Contestant[], absent: Absent[] }> {
  const outcomes = await Promise.all(proxies.map(async ({ id, title, own, unfit, start }): Promise<Contestant | Absent> => {
    try {
      return { id, title, unfit, proxy: await start(t, scene) }
    } catch (error) {
      if (own) throw error
      return { title, why: (error as Error).message }
    }
  }))
  return {
    contestants: outcomes.filter((outcome): outcome is Contestant => 'proxy' in outcome),
    absent: outcomes.filter((outcome): outcome is Absent => 'why' in outcome)
  }
}

async function pin (pid: number, cores: readonly number[]): Promise<void> {
  await run('taskset', ['--all-tasks', '--cpu-list', '--pid', cores.join(','), String(pid)])
}
