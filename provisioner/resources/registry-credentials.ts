import { readFile } from 'node:fs/promises'
import { registryOf } from './image-reference.ts'

/** What the engine sends to a registry (Docker Engine API, "Authentication"). */
export type Credentials = { username: string, password: string, serveraddress: string } | { identitytoken: string, serveraddress: string }

/** The file of credentials cannot be used. Its message never has anything of what is in it. */
export class CredentialsError extends Error {
  override name = 'CredentialsError'
}

/** The key under which Docker's own file has Docker Hub. */
const DOCKER_HUB = 'https://index.docker.io/v1/'

/** Credentials for the registry of an image by the file BERTH_REGISTRY_AUTH_FILE, read anew each time, since it may be rotated. Throws CredentialsError. */
export async function readCredentials (path: string, image: string): Promise<Credentials | null> {
  if (path === '') return null
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new CredentialsError(`The file of BERTH_REGISTRY_AUTH_FILE, ${path}, cannot be read (${cause.code ?? 'unknown'}).`)
  })
  // An empty file is what no file looks like to a container.
  return text.trim() === '' ? null : credentialsFor(text, image)
}

/** Finds the credentials for an image in the text of a file in the format of Docker's config.json; null when it has none. Throws CredentialsError. */
export function credentialsFor (text: string, image: string): Credentials | null {
  const registry = registryOf(image)
  const wanted = registry === 'docker.io' ? [DOCKER_HUB, 'index.docker.io', 'docker.io', 'registry-1.docker.io'] : [registry]
  const entry = Object.entries(readAuths(text)).find(([key]) => wanted.includes(key) || wanted.includes(hostOf(key)))?.[1]
  if (entry === undefined) return null
  const serveraddress = registry === 'docker.io' ? DOCKER_HUB : registry
  if (typeof entry.identitytoken === 'string' && entry.identitytoken !== '') return { identitytoken: entry.identitytoken, serveraddress }
  const [username, password] = typeof entry.auth === 'string' ? split(Buffer.from(entry.auth, 'base64').toString('utf8')) : [entry.username, entry.password]
  if (typeof username !== 'string' || typeof password !== 'string') throw new CredentialsError(`The file of BERTH_REGISTRY_AUTH_FILE has no usable credentials for ${registry}: it needs "auth", or "username" and "password".`)
  return { username, password, serveraddress }
}

interface Entry { auth?: unknown, username?: unknown, password?: unknown, identitytoken?: unknown }

function readAuths (text: string): Record<string, Entry> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new CredentialsError('The file of BERTH_REGISTRY_AUTH_FILE is not JSON.')
  }
  const auths = typeof value === 'object' && value !== null && 'auths' in value ? value.auths : {}
  if (typeof auths !== 'object' || auths === null || Object.values(auths).some(entry => typeof entry !== 'object' || entry === null)) {
    throw new CredentialsError('The file of BERTH_REGISTRY_AUTH_FILE has no "auths" in the format of Docker\'s config.json.')
  }
  return auths as Record<string, Entry>
}

function hostOf (key: string): string {
  return key.replace(/^https?:\/\//, '').split('/', 1)[0] as string
}

function split (pair: string): [string | undefined, string | undefined] {
  const colon = pair.indexOf(':')
  return colon === -1 ? [undefined, undefined] : [pair.slice(0, colon), pair.slice(colon + 1)]
}
