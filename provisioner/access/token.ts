import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import type { Scope } from './scope.ts'

const SECRET_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ID_ALPHABET = SECRET_ALPHABET.replace(/[A-Z]/g, '')
/** 238 bits: nobody guesses one, so a fast hash keeps it safe. */
const SECRET_LENGTH = 40
const SECRET = /^bth_([0-9a-z]{12})_[0-9A-Za-z]{32,64}$/

/** A token without its secret. */
export interface Token {
  id: string
  name: string
  scope: Scope
  /** The ids of the tenants that it is limited to; null for all. */
  tenants: string[] | null
  /** Null for the installation's own. */
  createdAt: Date | null
  /** The id of the token that made it, `installation` for the installation's own. */
  createdBy: string | null
  expiresAt: Date | null
  lastUsedAt: Date | null
  revokedAt: Date | null
}

/** The token in `deploy/.env`: it is no row, ends only when the file is changed, and may do everything. */
export const INSTALLATION_TOKEN: Readonly<Token> = Object.freeze({
  id: 'installation',
  name: 'deploy/.env',
  scope: 'admin',
  tenants: null,
  createdAt: null,
  createdBy: null,
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null
})

/** The id of a new token and its secret, which is shown once and kept nowhere. */
export function newSecret (): { id: string, secret: string } {
  const name = randomText(ID_ALPHABET, 12)
  return { id: `tk_${name}`, secret: `bth_${name}_${randomText(SECRET_ALPHABET, SECRET_LENGTH)}` }
}

/** The id of the token that a secret says it is of, or null when it is none of ours. */
export function tokenIdOf (secret: string): string | null {
  const name = SECRET.exec(secret)?.[1]
  return name === undefined ? null : `tk_${name}`
}

export function hashSecret (secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Whether a secret has this hash, in a time that does not depend on how much of it is right. */
export function isSecretOf (hash: Buffer, secret: string): boolean {
  return timingSafeEqual(hashSecret(secret), hash)
}

export function isAlive ({ revokedAt, expiresAt }: Pick<Token, 'revokedAt' | 'expiresAt'>, now: Date): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now)
}

function randomText (alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}
