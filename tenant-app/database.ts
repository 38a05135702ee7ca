import pg from 'pg'
import type { Client, PoolClient } from 'pg'
import { AppError } from './errors.ts'

export type Connection = PoolClient

export interface Log {
  warn: (fields: object, message: string) => void
}

/** The tenant's database: a few pooled connections, opened when they are needed and let go when they are not. */
export interface Database {
  /** Throws AppError `database-unavailable` when the database did not answer, pg's own DatabaseError when it refused the statement. */
  query: <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>
  /** A connection for oneself. The caller releases it. */
  connect: () => Promise<Connection>
  /** Whether the database answers a trivial query within `timeoutMs`. */
  answers: (timeoutMs: number) => Promise<boolean>
  close: () => Promise<void>
}

// A tenant's role may open few connections, and two instances share them during a deploy.
const poolSize = 5
const connectTimeoutMs = 3_000
const queryTimeoutMs = 5_000
const closeTimeoutMs = 1_000
const idleTimeoutMs = 10_000

export function openDatabase (databaseUrl: string, log: Log): Database {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'tenant-app',
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    query_timeout: queryTimeoutMs,
    keepAlive: true
  })
  // An idle connection was lost. The pool has dropped it already; without a listener the process would end.
  pool.on('error', (error) => log.warn({ err: error }, 'idle database connection lost'))

  return {
    query: async <Row extends object>(text: string, values?: unknown[]) => {
      const result = await pool.query<Row>(text, values).catch(rethrow)
      return result.rows
    },
    connect: () => pool.connect().catch(rethrow),
    answers: (timeoutMs) => {
      const answered = pool.query('SELECT 1').then(() => true, () => false)
      return Promise.race([answered, expiry(timeoutMs)])
    },
    // A database that does not answer does not say goodbye either, and nothing is lost by not waiting for it.
    close: async () => { await Promise.race([pool.end(), expiry(closeTimeoutMs)]) }
  }
}

/** One connection outside any pool, for the migrations. The caller ends it. */
export async function connectOnce (databaseUrl: string): Promise<Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'tenant-app migrate',
    connectionTimeoutMillis: connectTimeoutMs
  })
  await client.connect()
  return client
}

/** What pg raises without a server's message is a connection that failed; of the server's own, some classes mean "not now". */
function rethrow (error: unknown): never {
  if (error instanceof pg.DatabaseError && !isTemporary(error.code ?? '')) throw error
  throw new AppError('database-unavailable', undefined, { cause: error })
}

/** https://www.postgresql.org/docs/17/errcodes-appendix.html: connection, authorisation, database gone, resources, operator. */
function isTemporary (sqlState: string): boolean {
  return /^(08|28|3D|53|57)/.test(sqlState)
}

function expiry (timeoutMs: number): Promise<false> {
  return new Promise((resolve) => { setTimeout(resolve, timeoutMs, false).unref() })
}
