import type { Queryable } from '../database/pool.ts'
import { newTenantId } from '../tenants/names.ts'
import { INSTALLATION_TOKEN } from './token.ts'
import type { Token } from './token.ts'

/** A session that nobody uses for this long has ended. */
const IDLE_MS = 2 * 3_600_000
/** No session is longer. */
export const LONGEST_MS = 12 * 3_600_000
/** A session gets another cookie this often. */
const ROTATE_AFTER_MS = 15 * 60_000
/** The cookie before is good for this long after a rotation: requests were under way with it. */
const ROTATION_GRACE_MS = 60_000
/** Of one token; the oldest ends when another begins. */
const MAX_SESSIONS = 50

/**
 * A sign-in with a token. It ends with its token; when it is idle, or too old; and, of the installation's token, when that is
 * replaced by another.
 */
export interface Session {
  id: string
  token: Token
  /** When it ends if it is not used again. */
  expiresAt: Date
  /** Whether its cookie should be replaced by another now. */
  stale: boolean
  /** Whether it was seen within the last minute. */
  seen: boolean
}

/** Sessions and their tokens, but those that have ended; $1 is the hash of the installation's token. */
const ALIVE = `
  FROM sessions s LEFT JOIN tokens t ON t.id = s.token_id
  WHERE s.created_at > now() - interval '${LONGEST_MS} ms' AND s.seen_at > now() - interval '${IDLE_MS} ms'
    AND CASE WHEN s.token_id IS NULL THEN s.installation_token = $1 ELSE t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()) END`

interface SessionRow extends Token { session: string, sessionExpiresAt: Date, stale: boolean, seen: boolean }

/** Begins a session of a token. `hash` is its cookie's, `installation` that of the installation's token. Returns its id. */
export async function beginSession (tx: Queryable, { id: tokenId }: Token, hash: Buffer, installation: Buffer): Promise<string> {
  const id = `se_${newTenantId().slice(3)}`
  const own = tokenId === INSTALLATION_TOKEN.id ? null : tokenId
  await tx.query('INSERT INTO sessions (id, hash, token_id, installation_token) VALUES ($1, $2, $3, $4)', [id, hash, own, own === null ? installation : null])
  await tx.query(`
    DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE token_id IS NOT DISTINCT FROM $1 ORDER BY created_at DESC, id OFFSET ${MAX_SESSIONS})`, [own])
  return id
}

/** The session that a cookie is of; null when it has ended. */
export async function findSession (db: Queryable, hash: Buffer, installation: Buffer): Promise<Session | null> {
  const { rows: [row] } = await db.query<SessionRow>(`
    SELECT t.id, t.name, t.scope, t.tenants, t.created_at AS "createdAt", t.created_by AS "createdBy", t.expires_at AS "expiresAt",
      t.last_used_at AS "lastUsedAt", t.revoked_at AS "revokedAt", s.id AS session,
      least(s.created_at + interval '${LONGEST_MS} ms', now() + interval '${IDLE_MS} ms', t.expires_at) AS "sessionExpiresAt",
      s.hash = $2 AND s.rotated_at < now() - interval '${ROTATE_AFTER_MS} ms' AS stale, s.seen_at > now() - interval '1 minute' AS seen
    ${ALIVE} AND (s.hash = $2 OR (s.previous_hash = $2 AND s.rotated_at > now() - interval '${ROTATION_GRACE_MS} ms'))`, [installation, hash])
  if (row === undefined) return null
  const { session, sessionExpiresAt, stale, seen, ...token } = row
  return { id: session, token: token.id === null ? INSTALLATION_TOKEN : token, expiresAt: sessionExpiresAt, stale, seen }
}

/** Gives a session another cookie. Returns false when somebody else did. */
export async function rotateSession (db: Queryable, id: string, hash: Buffer, newHash: Buffer): Promise<boolean> {
  const { rowCount } = await db.query('UPDATE sessions SET previous_hash = hash, hash = $3, rotated_at = now(), seen_at = now() WHERE id = $1 AND hash = $2', [id, hash, newHash])
  return rowCount === 1
}

export async function touchSession (db: Queryable, id: string): Promise<void> {
  await db.query('UPDATE sessions SET seen_at = now() WHERE id = $1', [id])
}

export async function endSession (db: Queryable, id: string): Promise<void> {
  await db.query('DELETE FROM sessions WHERE id = $1', [id])
}

/** Forgets those that have ended by themselves. */
export async function forgetEndedSessions (db: Queryable, installation: Buffer): Promise<void> {
  await db.query(`DELETE FROM sessions WHERE id NOT IN (SELECT s.id ${ALIVE})`, [installation])
}

/** Which of these tokens and sessions have not ended. */
export async function stillAlive (db: Queryable, ids: string[], installation: Buffer): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>(`
    SELECT id FROM tokens WHERE id = ANY($2) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    UNION ALL SELECT s.id ${ALIVE} AND s.id = ANY($2)`, [installation, ids])
  return new Set(rows.map(({ id }) => id))
}
