import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { arch } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { attempt, run } from '../../deploy/command.ts'

const STATE = fileURLToPath(new URL('../.state/packages/', import.meta.url))
const TRIPLET = `${arch() === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`

/** What is being unpacked, by its folder: two may want the same at once. */
const underWay = new Map<string, Promise<void>>()

/** Programs of Debian packages, unpacked into a folder of their own beside what the system has. */
export interface Tree {
  /** Where a file of the packages is, `usr/sbin/nginx` for one. Throws when it is nowhere. */
  find: (path: string) => string
  /** What the programs need in their environment to find their libraries. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Debian packages and those that they need, as far as the system lacks them; `alone` come without what they need.
 * They are unpacked and not installed: no service starts, no user is made, nothing has to be undone, and packages that
 * exclude each other (the LuaJIT of wrk and that of nginx) are both there. Kept in test/.state for the next run.
 * Throws when they cannot be had.
 */
export async function unpackPackages (name: string, packages: readonly string[], alone: readonly string[] = []): Promise<Tree> {
  const root = join(STATE, name)
  if (!existsSync(root)) {
    const unpacking = underWay.get(root) ?? unpack(root, packages, alone).finally(() => underWay.delete(root))
    underWay.set(root, unpacking)
    await unpacking
  }
  return {
    env: { LD_LIBRARY_PATH: ['usr/lib', 'lib'].map(folder => join(root, folder, TRIPLET)).join(':') },
    find: path => {
      const found = [join(root, path), join('/', path)].find(existsSync)
      if (found === undefined) throw new Error(`${path} is not in ${packages.join(', ')}`)
      return found
    }
  }
}

async function unpack (root: string, packages: readonly string[], alone: readonly string[]): Promise<void> {
  const wanted = [...await missing(packages), ...alone]
  await mkdir(STATE, { recursive: true })
  const work = await mkdtemp(join(STATE, '.unpacking-'))
  try {
    if (wanted.length > 0) await run('apt-get', ['download', '--quiet', ...wanted], { cwd: work, timeoutMs: 120_000 })
    const archives = (await readdir(work)).filter(file => file.endsWith('.deb'))
    for (const archive of archives) await run('dpkg-deb', ['--extract', join(work, archive), join(work, 'tree')])
    await mkdir(join(work, 'tree'), { recursive: true })
    await rename(join(work, 'tree'), root)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** What the system lacks of the packages and their dependencies, as `name=version`. What it has in another version will do. */
async function missing (packages: readonly string[]): Promise<string[]> {
  const simulate = () => attempt('apt-get', ['install', '--simulate', '--no-install-recommends', ...packages])
  let outcome = await simulate()
  if (outcome.code === 127) throw new Error('this is no Debian: apt-get is missing')
  if (outcome.code !== 0 && process.getuid?.() === 0) {
    await attempt('apt-get', ['update', '--quiet'], { timeoutMs: 120_000 })
    outcome = await simulate()
  }
  if (outcome.code !== 0) throw new Error(`apt has no ${packages.join(', ')}`)
  return [...outcome.stdout.matchAll(/^Inst (\S+) \((\S+) /gm)].map(([, name, version]) => `${name as string}=${version as string}`)
}
