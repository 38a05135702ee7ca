import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Pool, PoolClient, Queryable } from '../database/pool.ts'
import { Problem } from '../errors.ts'
import { accessOf } from './access.ts'
import type { ApiOptions } from './api-options.ts'
import { audited } from './audit-trail.ts'
import type { AuditNote } from './audit-trail.ts'

/** Keys are kept this long. */
const KEPT = '24 hours'
const EXPIRE_EVERY_MS = 3_600_000
/** How long a repeat waits for the request that it repeats. */
const IN_PROGRESS_TIMEOUT = '5s'
const MAX_ATTEMPTS = 3

type Keyed = Pick<FastifyRequest, 'method' | 'url' | 'body' | 'headers' | 'access' | 'id' | 'params' | 'routeOptions' | 'audit'>

/**
 * Runs a mutation once for its Idempotency-Key (draft-ietf-httpapi-idempotency-key-header). The key is written in the
 * mutation's own transaction, as is its entry in the audit log, so all are there or none: what failed is not remembered, and can be tried again. A
 * repeat finds the outcome; one that comes while the first is under way waits for it, by the key's unique index.
 * Throws idempotency_key_reused or idempotency_in_progress.
 */
export async function once<T extends object> (pool: Pool, request: Keyed, work: (tx: PoolClient, note: AuditNote) => Promise<T>): Promise<T> {
  const key = keyOf(request)
  return await untilNoDeadlock(async () => await audited(pool, request, async (tx, note) => {
    if (key === undefined) return await work(tx, note)
    const print = fingerprint(request)
    if (!await claimKey(tx, key, print)) {
      note.repeat = true
      return await recall<T>(tx, key, print)
    }
    const outcome = await work(tx, note)
    await tx.query('UPDATE idempotency_keys SET outcome = $2 WHERE key = $1', [key, JSON.stringify(outcome)])
    return outcome
  }))
}

/** A key is its token's own: what one asked for is nothing that another gets. No key that is sent has a space. */
function keyOf (request: Keyed): string | undefined {
  const key = request.headers['idempotency-key'] as string | undefined
  const { token } = accessOf(request)
  return key === undefined || token.createdAt === null ? key : `${token.id} ${key}`
}

/** What makes two requests the same: method, path and body, not the query, which only says how long to wait. */
export function fingerprint ({ method, url, body }: Pick<Keyed, 'method' | 'url' | 'body'>): string {
  return createHash('sha256').update(JSON.stringify([method, url.split('?', 1)[0], body ?? null])).digest('hex')
}

/** Forgets keys that are older than 24 hours. */
export async function forgetOldKeys (db: Queryable): Promise<void> {
  await db.query('DELETE FROM idempotency_keys WHERE created_at < now() - $1::interval', [KEPT])
}

export const expireIdempotencyKeys = fp<ApiOptions>(async (app, { pool }) => {
  const expire = (): void => { forgetOldKeys(pool).catch(err => app.log.warn({ err }, 'old idempotency keys were not forgotten')) }
  const timer = setInterval(expire, EXPIRE_EVERY_MS).unref()
  app.addHook('onReady', async () => { expire() })
  app.addHook('onClose', async () => { clearInterval(timer) })
}, { name: 'expire-idempotency-keys' })

/** Runs a transaction again when PostgreSQL ended it for the sake of another: nothing of it was done. */
async function untilNoDeadlock<T> (transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction()
    } catch (err) {
      if (attempt === MAX_ATTEMPTS || sqlState(err) !== '40P01') throw err
    }
  }
}

async function claimKey (tx: PoolClient, key: string, print: string): Promise<boolean> {
  await tx.query("SELECT set_config('lock_timeout', $1, true)", [IN_PROGRESS_TIMEOUT])
  try {
    const { rowCount } = await tx.query(
      "INSERT INTO idempotency_keys (key, fingerprint, outcome) VALUES ($1, $2, '{}') ON CONFLICT DO NOTHING", [key, print])
    return rowCount === 1
  } catch (err) {
    if (sqlState(err) !== '55P03') throw err
    throw new Problem('idempotency_in_progress', 'The request with this Idempotency-Key has not come to its end; repeat this one later.', { cause: err })
  } finally {
    await tx.query("SELECT set_config('lock_timeout', '0', true)").catch(() => {})
  }
}

async function recall<T> (tx: PoolClient, key: string, print: string): Promise<T> {
  const { rows } = await tx.query<{ fingerprint: string, outcome: T }>('SELECT fingerprint, outcome FROM idempotency_keys WHERE key = $1', [key])
  if (rows[0]?.fingerprint === print) return rows[0].outcome
  throw new Problem('idempotency_key_reused', 'This Idempotency-Key came with another method, path or body before; use a new key for a new request.')
}

function sqlState (err: unknown): unknown {
  return err instanceof Error && 'code' in err ? err.code : undefined
}
