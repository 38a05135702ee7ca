import { STABLE } from './host.ts'
import type { Host } from './host.ts'

export const TOOLS = ['engine', 'compose', 'buildx'] as const
/** What Berth needs of Docker. `engine` includes the command line. */
export type Tool = typeof TOOLS[number]

export interface PackagePlan {
  packages: readonly string[]
  /** The packages come from this suite, which the host's own sources do not have. */
  extraSuite?: string
}

/**
 * Which packages bring the missing tools on this host, or null where that is not known. Debian 12 has an engine but
 * neither compose v2 nor buildx; its successor's are built so that they run on it.
 */
export function planPackages (host: Pick<Host, 'distribution' | 'suite'>, missing: readonly Tool[]): PackagePlan | null {
  const names = (of: Record<Tool, readonly string[]>) => missing.flatMap(tool => of[tool])
  if (host.distribution === 'ubuntu') {
    return { packages: names({ engine: ['docker.io'], compose: ['docker-compose-v2'], buildx: ['docker-buildx'] }) }
  }
  if (host.distribution !== 'debian' || host.suite === 'bullseye' || host.suite === 'buster') return null
  if (host.suite !== 'bookworm') {
    return { packages: names({ engine: ['docker.io', 'docker-cli'], compose: ['docker-compose'], buildx: ['docker-buildx'] }) }
  }
  const packages = names({
    engine: ['docker.io'],
    compose: [`docker-compose/${STABLE}`],
    buildx: [`docker-buildx/${STABLE}`]
  })
  return missing.every(tool => tool === 'engine') ? { packages } : { packages, extraSuite: STABLE }
}

/** What to do by hand where Berth cannot, or must not, do it. */
export function adviceFor (missing: readonly Tool[], why: string): string {
  const names: Record<Tool, string> = { engine: 'Docker Engine 20.10 or newer', compose: 'Docker Compose v2', buildx: 'Docker Buildx' }
  return `Missing: ${missing.map(tool => names[tool]).join(', ')}. ${why} ` +
    'Install them (https://docs.docker.com/engine/install/, or your distribution\'s packages), then run the command again.'
}
