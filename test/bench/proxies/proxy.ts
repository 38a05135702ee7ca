import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ftruncateSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from '../../world/http.ts'
import type { RedisService } from '../../world/redis.ts'
import type { Teardown } from '../../world/teardown.ts'
import { waitFor } from '../../world/wait-for.ts'

/** What every proxy stands before. */
export interface Scene {
  /** For the files of this run; removed at its end. */
  readonly folder: string
  /** Requests for this host go to the origin. */
  readonly host: string
  readonly originPort: number
  /** Requests for this host and /echo go to the WebSocket echo: the proxies tell it by the one or by the other. */
  readonly echoHost: string
  readonly echoPort: number
  readonly redis: RedisService
}

export interface Proxy {
  readonly id: string
  readonly title: string
  /** Berth itself: measured, or the run is an error. */
  readonly own?: true
  /** Cases that it cannot do, and why. */
  readonly unfit?: ReadonlyMap<string, string>
  /** Gets what it needs and starts it; resolves when it proxies. Throws when it cannot be had. */
  start: (t: Teardown, scene: Scene) => Promise<RunningProxy>
}

export interface RunningProxy {
  readonly port: number
  readonly pid: number
  readonly version: string
  /** What it wrote, its access log among it, since the last time; that is forgotten then. */
  takeOutput: () => string
}

export interface Command {
  name: string
  /** As taskset(1) takes them. */
  cores?: string
  file: string
  args: readonly string[]
  env?: Readonly<Record<string, string>>
  port: number
  version: string
}

/** Runs a proxy on the cores it is given; its output goes to a file, as a service's does. */
export async function startProxy (t: Teardown, scene: Pick<Scene, 'folder' | 'host'>, { name, cores = '1', file, args, env = {}, port, version }: Command): Promise<RunningProxy> {
  const path = join(scene.folder, `${name}.log`)
  const log = openSync(path, 'a')
  const child = spawn('taskset', ['--cpu-list', cores, file, ...args], { stdio: ['ignore', log, log], env: { PATH: process.env.PATH ?? '', HOME: scene.folder, ...env } })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    // A master process has to end its workers itself, so it is not killed at once.
    await Promise.race([ended, delay(3000, undefined, { ref: false })])
    child.kill('SIGKILL')
    await ended
  })
  try {
    await waitFor(`${name} to proxy`, async () => {
      if (child.exitCode !== null) return true
      return (await request({ port, host: scene.host, timeoutMs: 2000 })).status === 200
    })
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}.`)
  } catch (cause) {
    throw new Error(`${name} did not start:\n${readFileSync(path, 'utf8').slice(-2000)}`, { cause })
  }
  return {
    port,
    pid: child.pid as number,
    version,
    takeOutput: () => {
      const text = readFileSync(path, 'latin1')
      ftruncateSync(log)
      return text
    }
  }
}
