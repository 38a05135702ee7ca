import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDeb822, parseList } from './apt-sources.ts'
import type { AptSource } from './apt-sources.ts'
import { run } from './command.ts'

/** The Debian release that everything in containers is, and that engine tools come from where the host's are too old. */
export const STABLE = 'trixie'

export interface Host {
  /** `debian`, `ubuntu`, or whatever /etc/os-release says. */
  distribution: string
  /** The release's code name, like `bookworm`. */
  suite: string
  root: boolean
  apt: boolean
}

export async function readHost (): Promise<Host> {
  const release = existsSync('/etc/os-release') ? parseOsRelease(await readFile('/etc/os-release', 'utf8')) : new Map()
  return {
    distribution: release.get('ID') ?? process.platform,
    suite: release.get('VERSION_CODENAME') ?? '',
    root: process.getuid?.() === 0,
    apt: existsSync('/usr/bin/apt-get')
  }
}

export function parseOsRelease (text: string): Map<string, string> {
  return new Map([...text.matchAll(/^([A-Z_]+)=(["']?)(.*)\2$/gm)].map(match => [match[1] as string, match[3] as string]))
}

/** Every enabled package source of this machine. */
export async function readAptSources (): Promise<AptSource[]> {
  const directory = '/etc/apt/sources.list.d'
  const files = existsSync(directory) ? (await readdir(directory)).sort().map(name => join(directory, name)) : []
  const sources: AptSource[] = []
  for (const file of ['/etc/apt/sources.list', ...files]) {
    if (!existsSync(file)) continue
    if (file.endsWith('.list')) sources.push(...parseList(await readFile(file, 'utf8')))
    if (file.endsWith('.sources')) sources.push(...parseDeb822(await readFile(file, 'utf8')))
  }
  return sources
}

/** Installs packages; needs root. A list of packages that cannot be renewed is no obstacle as long as one is there. */
export async function installPackages (packages: readonly string[]): Promise<void> {
  const apt = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=300', '-q']
  const update = await run('env', [...apt, 'update']).then(() => undefined, (error: unknown) => error)
  try {
    await run('env', [...apt, 'install', '-y', '--no-install-recommends', ...packages])
  } catch (error) {
    throw update instanceof Error ? new Error(`${(error as Error).message}\n${update.message}`, { cause: error }) : error
  }
}
