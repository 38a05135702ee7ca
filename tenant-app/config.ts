export interface Config {
  port: number
  databaseUrl: string
  tenantId: string
  /** Which version of itself the application is; it can be told to be an earlier one. */
  version: number
}

export const newestVersion = 3

type Environment = Record<string, string | undefined>

export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** Everything that a running instance needs. Throws one ConfigError that names every variable that is missing or wrong. */
export function readConfig (env: Environment = process.env): Config {
  const problems: string[] = []
  const port = readPort(env, problems)
  const databaseUrl = readUrl(env, problems)
  const tenantId = readTenantId(env, problems)
  const version = readVersion(env, problems)
  refuse(problems)
  return Object.freeze({ port, databaseUrl, tenantId, version })
}

/** The one variable that a migration needs. */
export function readDatabaseUrl (env: Environment = process.env): string {
  const problems: string[] = []
  const databaseUrl = readUrl(env, problems)
  refuse(problems)
  return databaseUrl
}

function readPort (env: Environment, problems: string[]): number {
  const value = env['PORT'] ?? ''
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 0
  if (port < 1 || port > 65535) problems.push('PORT must be a port number from 1 to 65535')
  return port
}

function readUrl (env: Environment, problems: string[]): string {
  const value = env['DATABASE_URL'] ?? ''
  const url = URL.canParse(value) ? new URL(value) : null
  const complete = url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.hostname !== '' && url.pathname.length > 1
  // The value carries a password, so the message never repeats it.
  if (!complete) problems.push('DATABASE_URL must look like postgres://user:password@host:port/database')
  return value
}

function readTenantId (env: Environment, problems: string[]): string {
  const value = env['TENANT_ID'] ?? ''
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(value)) problems.push('TENANT_ID must be 1 to 64 letters, digits, _ or -')
  return value
}

function readVersion (env: Environment, problems: string[]): number {
  const version = Number(env['SAMPLE_VERSION'] ?? newestVersion)
  if (!Number.isInteger(version) || version < 1 || version > newestVersion) problems.push(`SAMPLE_VERSION must be a number from 1 to ${newestVersion}`)
  return version
}

function refuse (problems: string[]): void {
  if (problems.length > 0) throw new ConfigError(`The environment is not complete: ${problems.join('; ')}.`)
}
