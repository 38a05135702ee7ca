import { readdir, readFile } from 'node:fs/promises'
import type { GatewayProcess } from '../world/gateway.ts'
import { request } from '../world/http.ts'

/** A metric without labels, as a scrape has it. */
export async function metricOf ({ adminPort }: Pick<GatewayProcess, 'adminPort'>, name: string): Promise<number> {
  const { text } = await request({ port: adminPort, path: '/metrics' })
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

/** Requests that a gateway has under way. */
export async function inFlight (gateway: Pick<GatewayProcess, 'adminPort'>): Promise<number> {
  return await metricOf(gateway, 'berth_gateway_requests_in_flight')
}

/** What the kernel says that a gateway has in memory, in bytes: now, and the most that it ever had. */
export async function memoryOf ({ pid }: Pick<GatewayProcess, 'pid'>): Promise<{ now: number, peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') }
}

export async function openFilesOf ({ pid }: Pick<GatewayProcess, 'pid'>): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}

/** The value that so many in a hundred do not exceed. */
export function percentile (values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p / 100))] ?? NaN
}
