import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'

/** What the kernel counted of a container: CPU time since it began, and the memory that it cannot do without now. */
export interface ContainerUsage { cpuUs: number, memoryBytes: number }

/** Read at a stretch before others have their turn: some milliseconds. */
const AT_A_STRETCH = 25

/** Where the engine puts containers: with its own driver, and with systemd's. */
const PARENTS = [{ parent: 'docker', name: (id: string) => id }, { parent: 'system.slice', name: (id: string) => `docker-${id}.scope` }]
const CONTAINER = /^(?:docker-)?([0-9a-f]{64})(?:\.scope)?$/

/**
 * Reads what containers use from the control groups below `root`, version 2 or 1, by container id. A read costs some microseconds a
 * container, a hundredth of what the engine's own statistics cost. Containers that are not there (another cgroup parent, another machine) are not in the answer;
 * null when there are no control groups of the engine at all.
 * Files are read synchronously: they are the kernel's memory, and the way through a thread costs several times the read.
 */
export async function readCgroups (root: string): Promise<Map<string, ContainerUsage> | null> {
  const layout = layoutOf(root)
  if (layout === null) return null
  const found = new Map<string, ContainerUsage>()
  let sinceBreath = 0
  for (const id of layout.ids) {
    const usage = layout.read(id)
    if (usage !== null) found.set(id, usage)
    if (++sinceBreath % AT_A_STRETCH === 0) await breathe()
  }
  return found
}

interface Layout { ids: string[], read: (id: string) => ContainerUsage | null }

function layoutOf (root: string): Layout | null {
  const unified = existsSync(join(root, 'cgroup.controllers'))
  const cpu = unified ? root : firstOf(root, ['cpuacct', 'cpu,cpuacct'])
  const memory = unified ? root : firstOf(root, ['memory'])
  if (cpu === null || memory === null) return null
  for (const { parent, name } of PARENTS) {
    const ids = containersIn(join(cpu, parent))
    if (ids.length === 0) continue
    return { ids, read: id => (unified ? readUnified : readLegacy)(join(cpu, parent, name(id)), join(memory, parent, name(id))) }
  }
  return null
}

function firstOf (root: string, names: string[]): string | null {
  return names.map(name => join(root, name)).find(path => existsSync(path)) ?? null
}

function containersIn (directory: string): string[] {
  try {
    return readdirSync(directory).flatMap(name => CONTAINER.exec(name)?.[1] ?? [])
  } catch {
    return []
  }
}

function readUnified (directory: string): ContainerUsage | null {
  return orGone(() => ({
    cpuUs: field(read(directory, 'cpu.stat'), 'usage_usec'),
    memoryBytes: Math.max(0, Number(read(directory, 'memory.current')) - field(read(directory, 'memory.stat'), 'inactive_file'))
  }))
}

function readLegacy (cpu: string, memory: string): ContainerUsage | null {
  return orGone(() => ({
    cpuUs: Math.round(Number(read(cpu, 'cpuacct.usage')) / 1000),
    memoryBytes: Math.max(0, Number(read(memory, 'memory.usage_in_bytes')) - field(read(memory, 'memory.stat'), 'total_inactive_file'))
  }))
}

function read (directory: string, name: string): string {
  return readFileSync(`${directory}/${name}`, 'latin1')
}

/** The number after `name` in lines of a name and a number. */
function field (text: string, name: string): number {
  const at = text.startsWith(`${name} `) ? 0 : text.indexOf(`\n${name} `) + 1
  if (at === 0 && !text.startsWith(`${name} `)) throw new Error(`The kernel says no ${name}.`)
  const from = at + name.length + 1
  const end = text.indexOf('\n', from)
  return Number(text.slice(from, end < 0 ? undefined : end))
}

/** A container may end between one file and the next. */
function orGone (work: () => ContainerUsage): ContainerUsage | null {
  try {
    const usage = work()
    return Number.isFinite(usage.cpuUs) && Number.isFinite(usage.memoryBytes) ? usage : null
  } catch {
    return null
  }
}
