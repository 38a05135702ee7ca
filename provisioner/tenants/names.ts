import { createHash, createHmac, randomInt } from 'node:crypto'
import { canonicalHostname } from '../../gateway/hostname.ts'
import type { Hostname } from '../../gateway/hostname.ts'

const ID_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'

export function newTenantId (): string {
  return `tn_${randomName()}`
}

/** Releases have one too: what a proof makes is named and marked by it, as what is a tenant's is by the tenant's. */
export function newReleaseId (): string {
  return `rl_${randomName()}`
}

function randomName (): string {
  return Array.from({ length: 12 }, () => ID_ALPHABET[randomInt(ID_ALPHABET.length)]).join('')
}

export function isTenantId (text: string): boolean {
  return /^tn_[a-z0-9]{12}$/.test(text)
}

/** A slug is one DNS label (RFC 1123 §2.1) of at most 40 characters. */
export const SLUG_PATTERN = '^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$'

/** The hostname that every tenant always has, or null when the two make no valid hostname. */
export function slugHost (slug: string, baseDomain: string): Hostname | null {
  return canonicalHostname(`${slug}.${baseDomain}`)
}

/** The name of a tenant's database and of its role. */
export function databaseName (tenantId: string): string {
  return tenantId
}

/** The database that new tenants of a release are copies of. */
export function templateName (releaseId: string): string {
  return `${releaseId}_template`
}

export function instanceName (installation: string, tenantId: string, specHash: string): string {
  return `${installation}-${tenantId}-${specHash.slice(0, 8)}`
}

export function migrationName (instance: string): string {
  return `${instance}-migrate`
}

export function volumeName (installation: string, tenantId: string): string {
  return `${installation}-${tenantId}-data`
}

export function networkName (installation: string, pool: number): string {
  return `${installation}-tenants-${pool}`
}

/** The kernel's name for a pool's bridge: at most 15 characters, and known before the network exists, for firewalls. */
export function bridgeName (installation: string, pool: number): string {
  return `br-${createHash('sha256').update(installation).digest('hex').slice(0, 4)}-t${pool}`
}

const PASSWORD_VERSION = 1

/**
 * The password of a tenant's database role: HMAC-SHA-256 of the tenant and a version under the installation's master
 * key, in base64url, so that it needs no storage and no escaping in a URL.
 */
export function databasePassword (masterKey: Buffer, tenantId: string, version = PASSWORD_VERSION): string {
  return createHmac('sha256', masterKey).update(`berth/database-password/${tenantId}/${version}`).digest('base64url')
}
