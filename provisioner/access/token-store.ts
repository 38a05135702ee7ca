import type { PoolClient, Queryable } from '../database/pool.ts'
import { Problem } from '../errors.ts'
import type { Token } from './token.ts'

const COLUMNS = `
  id, position, name, scope, tenants, created_at AS "createdAt", created_by AS "createdBy", expires_at AS "expiresAt",
  last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"`

type TokenRow = Token & { position: number }

export type NewToken = Pick<Token, 'id' | 'name' | 'scope' | 'tenants' | 'createdBy' | 'expiresAt'> & { hash: Buffer }

export async function insertToken (tx: PoolClient, { id, name, hash, scope, tenants, createdBy, expiresAt }: NewToken): Promise<Token> {
  const { rows: [token] } = await tx.query<TokenRow>(`
    INSERT INTO tokens (id, name, hash, scope, tenants, created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${COLUMNS}`,
  [id, name, hash, scope, tenants, createdBy, expiresAt])
  return token as TokenRow
}

/** A token and the hash of its secret, also one that is revoked or has expired. */
export async function findToken (db: Queryable, id: string): Promise<Token & { hash: Buffer } | null> {
  const { rows } = await db.query<TokenRow & { hash: Buffer }>(`SELECT ${COLUMNS}, hash FROM tokens WHERE id = $1`, [id])
  return rows[0] ?? null
}

/** Tokens, newest first; `before` is the position that the last page ended with. Revoked ones only, or the others only, where it is said. */
export async function listTokens (db: Queryable, before: number | null, limit: number, revoked?: boolean): Promise<{ items: Token[], next: number | null }> {
  const { rows } = await db.query<TokenRow>(`
    SELECT ${COLUMNS} FROM tokens
    WHERE ($1::bigint IS NULL OR position < $1) AND ($2::boolean IS NULL OR (revoked_at IS NOT NULL) = $2)
    ORDER BY position DESC LIMIT $3`, [before, revoked ?? null, limit + 1])
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? (items.at(-1) as TokenRow).position : null }
}

/** Ends a token, and every session that was begun with it; once more is fine. Returns it as it was and is. Throws token_not_found. */
export async function revokeToken (tx: PoolClient, id: string): Promise<{ before: Token, after: Token }> {
  const { rows } = await tx.query<TokenRow>(`SELECT ${COLUMNS} FROM tokens WHERE id = $1 FOR UPDATE`, [id])
  if (rows[0] === undefined) throw new Problem('token_not_found', `There is no token "${id.slice(0, 64)}"; GET /v1/tokens lists them.`)
  const { rows: [after] } = await tx.query<TokenRow>(`UPDATE tokens SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING ${COLUMNS}`, [id])
  await tx.query('DELETE FROM sessions WHERE token_id = $1', [id])
  return { before: rows[0], after: after as TokenRow }
}

/** Notes that a token was used; at most once a minute, whichever process asks. */
export async function touchToken (db: Queryable, id: string): Promise<void> {
  await db.query("UPDATE tokens SET last_used_at = now() WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')", [id])
}

/** The ids of the tenants that these ids or slugs name. Throws unknown_tenants, which names those that there are not. */
export async function tenantIdsOf (tx: PoolClient, names: string[]): Promise<string[]> {
  const { rows } = await tx.query<{ name: string, id: string | null }>(`
    SELECT listed.name, t.id FROM unnest($1::text[]) AS listed (name) LEFT JOIN tenants t ON t.id = listed.name OR t.slug = listed.name`, [names])
  const unknown = rows.filter(({ id }) => id === null).map(({ name }) => name)
  if (unknown.length > 0) throw new Problem('unknown_tenants', `There are no tenants with these ids or slugs: ${unknown.slice(0, 10).join(', ')}.`)
  return [...new Set(rows.map(({ id }) => id as string))]
}
