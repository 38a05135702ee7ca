import { readFile, statfs } from 'node:fs/promises'
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os'

/** What the machine has, and how much of it is left. */
export interface Machine {
  cpus: number
  load1: number
  memoryBytes: number
  memoryFreeBytes: number
  diskBytes: number
  diskFreeBytes: number
}

/**
 * Looks at the machine that this process runs on. The disk is the one below its own root: in a container of the engine that is
 * where the engine keeps containers, databases and volumes.
 */
export async function readMachine (): Promise<Machine> {
  const [memory, disk] = await Promise.all([readFile('/proc/meminfo', 'latin1').catch(() => ''), statfs('/')])
  return {
    cpus: availableParallelism(),
    load1: loadavg()[0] as number,
    memoryBytes: totalmem(),
    memoryFreeBytes: availableIn(memory) ?? freemem(),
    diskBytes: disk.blocks * disk.bsize,
    diskFreeBytes: disk.bavail * disk.bsize
  }
}

/** What could be had without swapping (proc_meminfo(5)), in bytes; null where the kernel does not say. */
export function availableIn (memory: string): number | null {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(memory)?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) * 1024
}
