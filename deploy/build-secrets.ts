import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { attempt } from './command.ts'

/** What `npm config list --json` says of where packages come from. */
export interface NpmConfig {
  registry?: string
  cafile?: string | null
  userconfig?: string
  globalconfig?: string
  [name: string]: unknown
}

/** Files for `docker build --secret`: they exist during the build only and are in no layer of the image. */
export interface BuildSecrets {
  args: readonly string[]
  remove: () => Promise<void>
}

/** Where distributions keep the certificates that they trust. */
const SYSTEM_BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt']
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g
/** Which lines of an npmrc say how a registry is reached. Paths of the host (cafile, certfile) mean nothing in a build. */
const CARRIED = /^\s*(registry|@[^:\s]+:registry|\/\/[^\s=]+|strict-ssl|proxy|https-proxy|noproxy)\s*=/

/**
 * The host's trust and its registry, for a build: a network that inspects TLS has its own authority, and a company its
 * own registry.
 */
export async function makeBuildSecrets (): Promise<BuildSecrets> {
  const config = await readNpmConfig()
  const directory = await mkdtemp(join(tmpdir(), 'berth-build-'))
  const ca = join(directory, 'ca.pem')
  const npmrc = join(directory, 'npmrc')
  const bundles = await readAll(bundlePaths(process.env, config))
  await writeFile(ca, mergeBundles(bundles.length > 0 ? bundles : rootCertificates), { mode: 0o600 })
  const files = await readAll([config.globalconfig, config.userconfig])
  await writeFile(npmrc, buildNpmrc(config, files, process.env), { mode: 0o600 })
  return {
    args: ['--secret', `id=ca,src=${ca}`, '--secret', `id=npmrc,src=${npmrc}`],
    remove: () => rm(directory, { recursive: true, force: true })
  }
}

/** Every place that can name an authority of this machine, the most explicit first. */
export function bundlePaths (env: NodeJS.ProcessEnv, config: NpmConfig): string[] {
  const named = [env.NODE_EXTRA_CA_CERTS, env.SSL_CERT_FILE, config.cafile, ...SYSTEM_BUNDLES]
  return [...new Set(named.filter(path => typeof path === 'string' && path !== ''))] as string[]
}

/** One bundle with each certificate once: a build secret has to stay under 500 kB. */
export function mergeBundles (bundles: readonly string[]): string {
  return [...new Set(bundles.flatMap(bundle => bundle.match(CERTIFICATE) ?? []))].join('\n') + '\n'
}

/** An npmrc that leads a build to the registry the host uses, tokens included. Later lines win, as among npm's files. */
export function buildNpmrc (config: NpmConfig, files: readonly string[], env: NodeJS.ProcessEnv): string {
  const carried = files.flatMap(file => file.split(/\r?\n/)).filter(line => CARRIED.test(line)).map(line => expand(line, env))
  const effective = (['registry', 'proxy', 'https-proxy', 'noproxy'] as const).flatMap(name => {
    const value = config[name]
    return typeof value === 'string' && value !== '' ? [`${name}=${value}`] : []
  })
  return [...carried, ...effective, ''].join('\n')
}

/** `${NAME}` as npm reads it: an unknown name stays as it is (npm docs, npmrc). */
function expand (line: string, env: NodeJS.ProcessEnv): string {
  return line.replace(/\$\{([^}?]+)\??\}/g, (whole, name: string) => env[name] ?? whole)
}

async function readNpmConfig (): Promise<NpmConfig> {
  const listed = await attempt('npm', ['config', 'list', '--json'])
  try {
    return JSON.parse(listed.stdout) as NpmConfig
  } catch {
    return {}
  }
}

async function readAll (paths: ReadonlyArray<string | undefined>): Promise<string[]> {
  const present = paths.filter(path => path !== undefined && existsSync(path)) as string[]
  return Promise.all(present.map(path => readFile(path, 'utf8')))
}
