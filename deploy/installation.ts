import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { newEnvFile, parseEnvFile, SECRETS } from './env-file.ts'
import type { EnvFile } from './env-file.ts'
import { isInstallationName, resolveSettings, SETTINGS } from './settings.ts'
import type { Settings } from './settings.ts'

export const ROOT = resolve(import.meta.dirname, '..')

const KNOWN: ReadonlySet<string> = new Set(['BERTH_ENV_FILE', ...SECRETS, ...SETTINGS.map(setting => setting.name)])

export interface Installation {
  settings: Settings
  /** What the file says for the services and the bring-up does not look at. The environment still comes first. */
  passedOn: Readonly<Record<string, string>>
  /** Relative to the checkout when it is inside, so that it can be typed. */
  envFile: string
}

/**
 * The installation that the environment names: BERTH_ENV_FILE, else `deploy/.env`, or `deploy/.env.<name>` for one that
 * is not called berth.
 */
export async function readInstallation (env: NodeJS.ProcessEnv = process.env): Promise<Installation> {
  const given = berthVariables(env)
  const path = envFilePath(given)
  if (!existsSync(path)) throw new NoInstallation(shown(path))
  return describe(path, await readEnvFile(path), given)
}

/** Only which installation is meant and where its file is or would be: works with a file that is damaged. */
export async function nameInstallation (env: NodeJS.ProcessEnv = process.env): Promise<{ installation: string, envFile: string }> {
  const given = berthVariables(env)
  const path = envFilePath(given)
  const recorded = existsSync(path) ? /^BERTH_INSTALLATION=(.*)$/m.exec(await readFile(path, 'utf8'))?.[1] : undefined
  const installation = recorded ?? given.get('BERTH_INSTALLATION') ?? 'berth'
  if (!isInstallationName(installation)) throw new Error(`BERTH_INSTALLATION=${installation} is not the name of an installation.`)
  return { installation, envFile: shown(path) }
}

/** As readInstallation, and makes the file with fresh secrets when there is none. */
export async function ensureInstallation (env: NodeJS.ProcessEnv = process.env): Promise<Installation & { made: boolean }> {
  const given = berthVariables(env)
  const path = envFilePath(given)
  const made = !existsSync(path)
  if (made) {
    const text = newEnvFile(given)
    // Judged before it is written: a file with a malformed setting would have to be found and mended.
    resolveSettings(parseEnvFile(text), given)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text, { mode: 0o600, flag: 'wx' })
  } else if (((await stat(path)).mode & 0o077) !== 0) {
    await chmod(path, 0o600)
  }
  return { ...describe(path, await readEnvFile(path), given), made }
}

export class NoInstallation extends Error {
  constructor (envFile: string) {
    super(`There is no ${envFile}, so there is no installation here. npm start makes one.`)
    this.name = 'NoInstallation'
  }
}

function describe (path: string, file: EnvFile, given: EnvFile): Installation {
  try {
    const passedOn = [...file].filter(([name]) => name.startsWith('BERTH_') && !KNOWN.has(name) && (process.env[name] ?? '') === '')
    return { settings: resolveSettings(file, given), passedOn: Object.fromEntries(passedOn), envFile: shown(path) }
  } catch (cause) {
    throw new Error(`Settings (environment and ${shown(path)}): ${(cause as Error).message}`, { cause })
  }
}

async function readEnvFile (path: string): Promise<EnvFile> {
  try {
    return parseEnvFile(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new Error(`${shown(path)} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

function envFilePath (given: EnvFile): string {
  const installation = given.get('BERTH_INSTALLATION') ?? 'berth'
  const name = installation === 'berth' ? '.env' : `.env.${installation}`
  return resolve(ROOT, given.get('BERTH_ENV_FILE') ?? `deploy/${name}`)
}

function shown (path: string): string {
  const inside = relative(ROOT, path)
  return inside.startsWith('..') ? path : inside
}

/** An empty variable is one that is not set: `BERTH_API_PORT= npm start` means the default. */
function berthVariables (env: NodeJS.ProcessEnv): EnvFile {
  return new Map([...KNOWN].flatMap(name => {
    const value = env[name]
    return value === undefined || (value === '' && name !== 'BERTH_DEMO_TENANT') ? [] : [[name, value]]
  }))
}
