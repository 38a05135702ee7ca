import { join } from 'node:path'
import { runner } from 'node-pg-migrate'
import { readDatabaseUrl } from './config.ts'
import { connectOnce } from './database.ts'

/**
 * Brings the tenant's database to what this release needs; run to its end before an instance of the release starts.
 * Two at once are safe: the second waits for the first one's advisory lock and then finds nothing to do.
 */
try {
  const applied = await migrate(readDatabaseUrl())
  for (const name of applied) console.log(`applied ${name}`)
  console.log(applied.length === 0 ? 'nothing to do, the database is up to date' : `done, ${applied.length} applied`)
} catch (error) {
  console.error(`migration failed: ${reasonOf(error)}`)
  process.exitCode = 1
}

async function migrate (databaseUrl: string): Promise<string[]> {
  const client = await connectOnce(databaseUrl)
  try {
    const applied = await runner({
      dbClient: client,
      dir: join(import.meta.dirname, 'migrations'),
      direction: 'up',
      migrationsTable: 'migrations',
      advisoryLockMode: 'wait',
      // Errors name the statement and the place in it; the rest is said above.
      logger: { info: () => undefined, warn: console.warn, error: console.error }
    })
    return applied.map(({ name }) => name)
  } finally {
    await client.end()
  }
}

/** A refused connection to a name with several addresses is an AggregateError, whose own message is empty. */
function reasonOf (error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
