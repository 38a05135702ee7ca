import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { CliError } from './errors.ts'
import { EXIT } from './exit-codes.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Asked {
  /** --api */
  api?: string
  /** --token-file; "-" is standard input. */
  tokenFile?: string
}

export interface Access { url: URL, token: string }

const DEFAULT_URL = 'http://127.0.0.1:7070'
const STDIN = 0
/** RFC 6750 §2.1, as the API takes it. */
const TOKEN = /^[\x21-\x7e]+$/

/**
 * Where the API is, and by which token. The address: --api, BERTH_API_URL, the configuration file, deploy/.env of the checkout
 * that `cwd` is in, the default. The token: --token-file, BERTH_TOKEN, the configuration file, deploy/.env. One that comes from a
 * file which belongs to an address goes to that address only: the administrator's token of this machine to no other one.
 * Throws CliError.
 */
export function readAccess (asked: Asked, env: Environment, cwd: string): Access {
  const file = readConfigFile(configPath(env))
  const checkout = readCheckout(env, cwd)
  const text = given(asked.api) ?? given(env.BERTH_API_URL) ?? file?.url ?? checkout?.url ?? DEFAULT_URL
  const url = readUrl(text)
  if (asked.tokenFile !== undefined) return { url, token: usable(readToken(asked.tokenFile), 'The file of --token-file') }
  const own = given(env.BERTH_TOKEN)
  if (own !== undefined) return { url, token: usable(own, 'BERTH_TOKEN') }
  const withheld: string[] = []
  for (const source of [file, checkout]) {
    if (source?.token === undefined) continue
    if (isSame(url, readUrl(source.url ?? DEFAULT_URL))) return { url, token: usable(source.token, source.name) }
    withheld.push(source.name)
  }
  const why = withheld.length === 0 ? 'There is no token.' : `The token of ${withheld.join(' and that of ')} is for another address than ${url.origin}.`
  throw new CliError(EXIT.forbidden, `${why} Set BERTH_TOKEN, or name a file that has one with --token-file.`)
}

interface Source { name: string, url: string | undefined, token: string | undefined }

export function configPath (env: Environment): string {
  return join(given(env.XDG_CONFIG_HOME) ?? join(given(env.HOME) ?? homedir(), '.config'), 'berth', 'config.json')
}

/** `{"url": …, "token": …}`, which nobody but its owner may read when there is a token in it. */
function readConfigFile (path: string): Source | null {
  const text = readOptional(path)
  if (text === null) return null
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw new CliError(EXIT.usage, `${path} is not JSON.`, { cause })
  }
  const { url, token } = Object(body) as { url?: unknown, token?: unknown }
  for (const value of [url, token]) {
    if (value !== undefined && typeof value !== 'string') throw new CliError(EXIT.usage, `${path} has {"url": "…", "token": "…"}, both of them text.`)
  }
  if (token !== undefined && (statSync(path).mode & 0o077) !== 0) {
    throw new CliError(EXIT.forbidden, `${path} has a token, and others can read it: chmod 600 ${path}`)
  }
  return { name: path, url: url as string | undefined, token: token as string | undefined }
}

/** The installation that a checkout runs (npm start), when this user can read its secrets. */
function readCheckout (env: Environment, cwd: string): Source | null {
  const path = given(env.BERTH_ENV_FILE) ?? findCheckout(cwd)
  const text = path === null ? null : readOptional(path)
  if (path === null || text === null) return null
  const value = (name: string): string | undefined => given(new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=\\s*(["']?)(.*?)\\1\\s*$`, 'm').exec(text)?.[2])
  const host = value('BERTH_API_HOST') ?? '127.0.0.1'
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  return { name: path, url: `http://${reachable}:${value('BERTH_API_PORT') ?? '7070'}`, token: value('BERTH_ADMIN_TOKEN') }
}

function findCheckout (cwd: string): string | null {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (/"name":\s*"berth"/.test(readOptional(join(folder, 'package.json')) ?? '')) return join(folder, 'deploy', '.env')
    if (folder === dirname(folder)) return null
  }
}

function readToken (path: string): string {
  try {
    return readFileSync(path === '-' ? STDIN : path, 'utf8').trim()
  } catch (cause) {
    throw new CliError(EXIT.usage, `${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'error'}).`, { cause })
  }
}

function readOptional (path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Absent, or somebody else's: then it is no source.
    return null
  }
}

/** The token itself is in no message. */
function usable (token: string, name: string): string {
  if (!TOKEN.test(token)) throw new CliError(EXIT.forbidden, `${name} has no usable token: one word of visible ASCII characters is needed.`)
  return token
}

function readUrl (text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new CliError(EXIT.usage, `"${text}" is not the address of an API: http:// or https://, a host, and maybe a port and a path.`)
  }
  return url
}

function isSame (a: URL, b: URL): boolean {
  const port = ({ port, protocol }: URL): string => port === '' ? (protocol === 'https:' ? '443' : '80') : port
  const host = ({ hostname }: URL): string => hostname === 'localhost' || hostname === '[::1]' ? '127.0.0.1' : hostname
  return a.protocol === b.protocol && host(a) === host(b) && port(a) === port(b)
}

function given (text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text
}
