import { Type } from 'typebox'
import type { Static } from 'typebox'
import { SCOPES } from '../access/scope.ts'
import type { Token } from '../access/token.ts'
import { DateTime, EXAMPLE_TIME, nullable, PAGE_QUERY } from './schemas.ts'
import { Name } from './tenant-input.ts'

const MAX_TENANTS = 1000
const MAX_LIFETIME_SECONDS = 10 * 366 * 86_400

const ScopeName = Type.Enum([...SCOPES], { description: 'read: everything but tokens, the audit log and the values of environment variables. operate: also changes, but deletes no tenant. admin: all.' })

export const TokenInput = Type.Object({
  name: Name,
  scope: ScopeName,
  tenants: Type.Optional(nullable(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
    minItems: 1, maxItems: MAX_TENANTS, description: 'Ids or slugs of the only tenants that it can see; null for all. What is about the whole installation is closed to such a token, whatever its scope: with admin it may also delete these tenants, but makes no tokens and reads no audit log.'
  }))),
  expiresAt: Type.Optional(nullable(DateTime)),
  expiresInSeconds: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: MAX_LIFETIME_SECONDS, description: 'instead of expiresAt' })))
}, { additionalProperties: false, examples: [{ name: 'deploys of the shop', scope: 'operate', tenants: ['acme'], expiresInSeconds: 7_776_000 }] })

export const TokensQuery = Type.Object({
  ...PAGE_QUERY,
  revoked: Type.Optional(Type.Boolean({ description: 'whether those that are revoked, or those that are not; both when it is left away' }))
}, { additionalProperties: false })

export const TokenParams = Type.Object({ token: Type.String({ minLength: 1, description: 'id of the token' }) })

export const TokenBody = Type.Object({
  id: Type.String({ description: '"installation" for the token in deploy/.env' }),
  name: Type.String(),
  scope: ScopeName,
  tenants: nullable(Type.Array(Type.String(), { description: 'ids of the only tenants that it can see' })),
  createdAt: nullable(DateTime),
  createdBy: nullable(Type.String({ description: 'id of the token that made it' })),
  expiresAt: nullable(DateTime),
  lastUsedAt: nullable(Type.String({ format: 'date-time', description: 'to the minute' })),
  revokedAt: nullable(DateTime)
}, {
  $id: 'Token',
  examples: [{
    id: 'tk_7h3k9d0a2m5x',
    name: 'deploys of the shop',
    scope: 'operate',
    tenants: ['tn_4k2m9x0q7c1b'],
    createdAt: EXAMPLE_TIME,
    createdBy: 'installation',
    expiresAt: '2026-06-01T00:00:00.000Z',
    lastUsedAt: null,
    revokedAt: null
  }]
})

export const CreatedTokenBody = Type.Object({
  ...TokenBody.properties,
  secret: nullable(Type.String({ description: 'what is sent as the bearer token; shown this once, and null to a repeat with the same Idempotency-Key' }))
})

export function tokenBody ({ id, name, scope, tenants, createdAt, createdBy, expiresAt, lastUsedAt, revokedAt }: Token): Static<typeof TokenBody> {
  const time = (date: Date | null): string | null => date?.toISOString() ?? null
  return { id, name, scope, tenants, createdAt: time(createdAt), createdBy, expiresAt: time(expiresAt), lastUsedAt: time(lastUsedAt), revokedAt: time(revokedAt) }
}

/** When a new token ends, or null for never; and what is wrong with it, or null. */
export function expiryOf ({ expiresAt, expiresInSeconds }: Pick<Static<typeof TokenInput>, 'expiresAt' | 'expiresInSeconds'>, now: Date): { at: Date | null, wrong: string | null } {
  const inSeconds = expiresInSeconds ?? null
  const said = expiresAt ?? null
  if (said === null) return { at: inSeconds === null ? null : new Date(now.getTime() + inSeconds * 1000), wrong: null }
  const at = new Date(said)
  if (inSeconds !== null) return { at, wrong: 'cannot come with expiresInSeconds; send one of the two' }
  return { at, wrong: at > now ? null : 'must be in the future' }
}
