import { SECRETS } from './env-file.ts'

const INSTALLATION = /^[a-z][a-z0-9-]{0,19}$/

/** The settings of an installation that is brought up here, each with its default and what makes a value valid. */
export const SETTINGS = [
  setting('BERTH_INSTALLATION', 'berth', matches(INSTALLATION, 'a lower-case name of at most 20 letters, digits and hyphens')),
  setting('BERTH_BASE_DOMAIN', 'localhost', matches(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'a domain in lower case')),
  setting('BERTH_PUBLIC_URL', '', matches(/^$|^https?:\/\/[^/\s]+$/, 'a scheme, a host and maybe a port')),
  setting('BERTH_GATEWAY_HOST', '0.0.0.0', address),
  setting('BERTH_GATEWAY_PORT', '8080', port),
  setting('BERTH_GATEWAY_ADMIN_PORT', '7071', port),
  setting('BERTH_API_HOST', '127.0.0.1', address),
  setting('BERTH_API_PORT', '7070', port),
  setting('BERTH_API_TRUSTED_PROXIES', '', anything),
  setting('BERTH_POSTGRES_PORT', '7432', port),
  setting('BERTH_REDIS_PORT', '7379', port),
  setting('BERTH_TENANT_SUBNET', '10.209.0.0/16', subnet),
  setting('BERTH_TRUSTED_PROXIES', '', anything),
  setting('BERTH_GATEWAY_FILES', '', matches(/^$|^\/[^\s:]+$/, 'an absolute path')),
  setting('BERTH_TRUSTED_PROXIES_FILE', '', matches(/^$|^\/etc\/berth\/\S+$/, 'a path below /etc/berth, where the gateway sees BERTH_GATEWAY_FILES')),
  setting('BERTH_ERROR_PAGES_DIR', '', matches(/^$|^\/etc\/berth(\/\S+)?$/, 'a path at or below /etc/berth, where the gateway sees BERTH_GATEWAY_FILES')),
  setting('BERTH_LOG_LEVEL', 'info', matches(/^(trace|debug|info|warn|error|fatal)$/, 'trace, debug, info, warn, error or fatal')),
  setting('BERTH_DOCKER_SOCKET', '/var/run/docker.sock', matches(/^\/\S+$/, 'an absolute path')),
  setting('BERTH_REGISTRY_AUTH_FILE', '', matches(/^$|^\/\S+$/, 'an absolute path')),
  setting('BERTH_BASE_IMAGE', 'debian:trixie-slim', matches(/^\S+$/, 'the name of an image')),
  setting('BERTH_DEMO_TENANT', 'demo', matches(/^$|^[a-z][a-z0-9-]{0,38}$/, 'a slug, or empty for none'))
] as const

export type SettingName = typeof SETTINGS[number]['name']
export type SecretName = typeof SECRETS[number]
export type Settings = Readonly<Record<SettingName | SecretName, string>>

export interface Setting<Name extends string = string> {
  name: Name
  fallback: string
  /** What a valid value would be, or undefined when this one is. */
  wrong: (value: string) => string | undefined
}

/** Two services of one installation cannot share a port, whatever their addresses. */
const PORTS = ['BERTH_GATEWAY_PORT', 'BERTH_GATEWAY_ADMIN_PORT', 'BERTH_API_PORT', 'BERTH_POSTGRES_PORT', 'BERTH_REDIS_PORT'] as const

/**
 * What holds for this run: the environment before the file before the defaults. Throws one Error that names everything
 * that is wrong or missing.
 */
export function resolveSettings (file: ReadonlyMap<string, string>, env: ReadonlyMap<string, string>): Settings {
  const values = new Map<string, string>()
  const wrong: string[] = []
  for (const { name, fallback, wrong: judge } of SETTINGS as readonly Setting[]) {
    const value = env.get(name) ?? file.get(name) ?? fallback
    const expected = judge(value)
    if (expected !== undefined) wrong.push(`${name}=${value} is not ${expected}`)
    values.set(name, value)
  }
  for (const name of SECRETS) {
    const value = env.get(name) ?? file.get(name) ?? ''
    if (value === '') wrong.push(`${name} is missing`)
    values.set(name, value)
  }
  const mine = file.get('BERTH_INSTALLATION') ?? 'berth'
  if (file.size > 0 && values.get('BERTH_INSTALLATION') !== mine) {
    wrong.push(`the file describes the installation ${mine}, not ${values.get('BERTH_INSTALLATION')}`)
  }
  for (const [index, name] of PORTS.entries()) {
    const twin = PORTS.slice(0, index).find(other => values.get(other) === values.get(name))
    if (twin !== undefined) wrong.push(`${twin} and ${name} are both ${values.get(name)}`)
  }
  if (wrong.length > 0) throw new Error(wrong.join('; '))

  if (values.get('BERTH_PUBLIC_URL') === '') {
    values.set('BERTH_PUBLIC_URL', `http://${values.get('BERTH_BASE_DOMAIN')}:${values.get('BERTH_GATEWAY_PORT')}`)
  }
  return Object.freeze(Object.fromEntries(values) as Settings)
}

export function isInstallationName (text: string): boolean {
  return INSTALLATION.test(text)
}

function setting<const Name extends string> (name: Name, fallback: string, wrong: Setting['wrong']): Setting<Name> {
  return { name, fallback, wrong }
}

function matches (pattern: RegExp, expected: string): Setting['wrong'] {
  return value => pattern.test(value) ? undefined : expected
}

function anything (): undefined {}

function port (value: string): string | undefined {
  return /^[0-9]{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65535 ? undefined : 'a port from 1 to 65535'
}

function address (value: string): string | undefined {
  return /^[0-9a-f:.]+$/i.test(value) ? undefined : 'an IP address'
}

function subnet (value: string): string | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(value)
  const expected = 'an IPv4 network from /12 to /22 without host bits, like 10.209.0.0/16'
  if (match === null) return expected
  const [a, b, c, d, prefix] = match.slice(1).map(Number) as [number, number, number, number, number]
  if ([a, b, c, d].some(octet => octet > 255) || prefix < 12 || prefix > 22) return expected
  const bits = ((a * 256 + b) * 256 + c) * 256 + d
  return bits % 2 ** (32 - prefix) === 0 ? undefined : expected
}
