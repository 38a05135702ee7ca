import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import type { Logger } from 'pino'
import type { Pool } from './pool.ts'

const MIGRATIONS = fileURLToPath(new URL('migrations', import.meta.url))

/** Brings the control database to this version. Provisioners race safely: the second waits for the first, then finds nothing to do. */
export async function migrateControlDatabase (pool: Pool, log: Logger): Promise<void> {
  const client = await pool.connect()
  try {
    const applied = await runner({
      dbClient: client,
      dir: MIGRATIONS,
      direction: 'up',
      migrationsTable: 'migrations',
      advisoryLockMode: 'wait',
      singleTransaction: true,
      log: () => {}
    })
    for (const { name } of applied) log.info({ migration: name }, 'control database migrated')
  } finally {
    // Ends the session, and with it the lock, even when a migration left it in a failed transaction.
    client.release(true)
  }
}
