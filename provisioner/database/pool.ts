import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import type { PostgresEndpoint } from '../config.ts'

export type Pool = pg.Pool
export type PoolClient = pg.PoolClient
/** What a query can be sent to: the pool, or a connection inside a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>

// bigint columns here are counters far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/** Opens a pool. The caller ends it. */
export function openPool (endpoint: PostgresEndpoint & { database: string, options?: string }, max: number, log: Logger): Pool {
  const pool = new pg.Pool({ ...endpoint, max, application_name: 'berth-provisioner', connectionTimeoutMillis: 5000, keepAlive: true })
  // An idle connection that the server closes must not end the process: the next query gets a new one, or its error.
  // The same for one that is closed in the middle of a transaction, between two queries.
  pool.on('connect', client => { client.on('error', () => {}) })
  pool.on('error', err => log.warn({ err }, 'idle database connection lost'))
  return pool
}

/** cannot_connect_now: PostgreSQL starts or stops. */
const NOT_NOW = ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EHOSTUNREACH', 'ETIMEDOUT', '57P03']

/** Waits until the server takes connections. Throws at once when it refuses for another reason, such as a wrong password. */
export async function untilReachable (pool: Pool, log: Logger): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await pool.query('SELECT')
      return
    } catch (err) {
      const code = err instanceof Error && 'code' in err ? String(err.code) : ''
      if (!NOT_NOW.includes(code)) throw err
      if (attempt % 20 === 0) log.warn({ err }, 'control database cannot be reached yet')
      await delay(250)
    }
  }
}

/** Runs `work` in a transaction, which is rolled back when it throws. */
export async function inTransaction<T> (pool: Pool, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken = false
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (err) {
    await client.query('ROLLBACK').catch(() => { broken = true })
    throw err
  } finally {
    client.release(broken)
  }
}

/** The name of the constraint that an insert or update ran into, or null when the error is another. */
export function violatedConstraint (err: unknown): string | null {
  return err instanceof pg.DatabaseError && err.code === '23505' ? err.constraint ?? '' : null
}
