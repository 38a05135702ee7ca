import { request } from 'node:http'
import type { ContainerUsage } from './cgroups.ts'

const TIMEOUT_MS = 10_000
const MAX_CHARS = 2 ** 20

interface Statistics {
  cpu_stats?: { cpu_usage?: { total_usage?: number } }
  memory_stats?: { usage?: number, stats?: Record<string, number> }
}

/**
 * What a running container uses by the engine's own statistics (Docker Engine API, ContainerStats), for where its control groups cannot be read; null for one that
 * does not run. It costs the engine milliseconds each. `one-shot`: without it the engine waits a second for a second look.
 * Throws when the engine does not answer.
 */
export async function readStatistics (socketPath: string, container: string): Promise<ContainerUsage | null> {
  const { status, text } = await get(socketPath, `/containers/${container}/stats?stream=false&one-shot=true`)
  if (status === 404) return null
  if (status !== 200) throw new Error(`The engine answered ${status} when it was asked for statistics.`)
  return usageOf(JSON.parse(text) as Statistics)
}

/** Memory without the cache that nothing uses, as the kernel's version 2 or 1 names it. */
export function usageOf ({ cpu_stats: cpu, memory_stats: memory }: Statistics): ContainerUsage | null {
  const total = cpu?.cpu_usage?.total_usage ?? 0
  const used = memory?.usage
  if (used === undefined) return null
  const inactive = memory?.stats?.total_inactive_file ?? memory?.stats?.inactive_file ?? 0
  return { cpuUs: Math.round(total / 1000), memoryBytes: Math.max(0, used - inactive) }
}

async function get (socketPath: string, path: string): Promise<{ status: number, text: string }> {
  return await new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, signal: AbortSignal.timeout(TIMEOUT_MS) }, incoming => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => {
        text += chunk
        if (text.length > MAX_CHARS) incoming.destroy(new Error('The engine answered with more than statistics are.'))
      })
      incoming.on('error', reject)
      incoming.on('end', () => { resolve({ status: incoming.statusCode as number, text }) })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
