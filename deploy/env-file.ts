import { randomBytes } from 'node:crypto'

/**
 * The file that describes an installation: `NAME=value` a line, `#` comments, optional quotes around a value. Nothing
 * in it is expanded, so a password may hold a dollar sign.
 */
export type EnvFile = ReadonlyMap<string, string>

const LINE = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$/

/** Made once for every installation; whoever reads the file can do everything with it. */
export const SECRETS = [
  'BERTH_ADMIN_TOKEN',
  'BERTH_MASTER_KEY',
  'BERTH_DATABASE_ADMIN_PASSWORD',
  'BERTH_CONTROL_DATABASE_PASSWORD',
  'BERTH_REDIS_PASSWORD'
] as const

const NOT_SETTINGS: ReadonlySet<string> = new Set([...SECRETS, 'BERTH_ENV_FILE'])

/** Throws an Error that names every line it cannot read. */
export function parseEnvFile (text: string): EnvFile {
  const values = new Map<string, string>()
  const bad: string[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const match = LINE.exec(line)
    if (match === null) bad.push(`line ${index + 1}`)
    else values.set(match[1] as string, unquote(match[2] as string))
  }
  if (bad.length > 0) throw new Error(`not NAME=value: ${bad.join(', ')}`)
  return values
}

/**
 * The text of a new file: fresh secrets, and the settings that were given for this first start, so that later commands
 * need nothing but the file.
 */
export function newEnvFile (given: ReadonlyMap<string, string>): string {
  return [
    '# Made by npm start. Keep it: without the master key the tenants\' databases cannot be reached.',
    ...SECRETS.map(name => `${name}=${given.get(name) ?? randomBytes(32).toString('hex')}`),
    '',
    '# Settings that differ from the defaults (deploy/README.md lists them all).',
    ...[...given].filter(([name]) => !NOT_SETTINGS.has(name)).map(([name, value]) => `${name}=${value}`),
    ''
  ].join('\n')
}

function unquote (value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value)
  return quoted === null ? value : quoted[2] as string
}
