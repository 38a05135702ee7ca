import { globSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

/** A process and all that descend from it. */
export function processTree (root: number): number[] {
  const parents = new Map<number, number>()
  for (const path of globSync('/proc/[0-9]*')) {
    const parent = Number(statOf(Number(path.slice('/proc/'.length)))?.[1])
    if (parent > 0) parents.set(Number(path.slice('/proc/'.length)), parent)
  }
  const tree = [root]
  // The list grows while it is walked.
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child)
  return tree
}

/** User and system time of the processes with all their threads, in seconds (proc_pid_stat(5)). */
export function cpuSeconds (pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = statOf(pid)
    return sum + (Number(fields?.[11]) + Number(fields?.[12])) / TICKS_PER_SECOND
  }, 0)
}

/** How long the threads of the processes were ready to run while another had their core, in seconds; 0 where the kernel does not count it. */
export function waitSeconds (pids: readonly number[]): number {
  return pids.flatMap(pid => globSync(`/proc/${pid}/task/*/schedstat`)).reduce((sum, path) => {
    try {
      return sum + Number(readFileSync(path, 'utf8').split(' ')[1]) / 1e9
    } catch {
      // The thread has ended since.
      return sum
    }
  }, 0)
}

/** Resident memory of the processes, in bytes; what they share counts for each of them. */
export function residentBytes (pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024, 0)
}

export interface CoreTime { busy: number, stolen: number, all: number }

/** How long the cores have worked since the start of the machine, how long its host kept them for others, and how long it was up, in ticks (proc_stat(5)). */
export function coreTime (cores: readonly number[]): CoreTime {
  const stat = readFileSync('/proc/stat', 'utf8')
  const sum = { busy: 0, stolen: 0, all: 0 }
  for (const core of cores) {
    const ticks = new RegExp(`^cpu${core} (.*)$`, 'm').exec(stat)?.[1]?.split(' ').map(Number) ?? []
    const all = ticks.slice(0, 8).reduce((a, b) => a + b, 0)
    sum.all += all
    sum.stolen += ticks[7] ?? 0
    // The fourth and fifth are idle and waiting for a disk.
    sum.busy += all - (ticks[3] ?? 0) - (ticks[4] ?? 0)
  }
  return sum
}

/** The share of the time between two moments that the cores worked, 0–1. */
export function busyShare (before: CoreTime, after: CoreTime): number {
  return (after.busy - before.busy) / Math.max(after.all - before.all, 1)
}

/** The share of the time between two moments that a virtual machine's host kept its cores for others, 0–1. */
export function stolenShare (before: CoreTime, after: CoreTime): number {
  return (after.stolen - before.stolen) / Math.max(after.all - before.all, 1)
}

/** How much time the cores had between two moments, in seconds. */
export function secondsOf (before: CoreTime, after: CoreTime): number {
  return Math.max(after.all - before.all, 1) / TICKS_PER_SECOND
}

/** The fields after the name, which may hold spaces and parentheses; undefined when the process has ended. */
function statOf (pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?=[A-Z] )/).at(-1)?.split(' ')
  } catch {
    return undefined
  }
}
