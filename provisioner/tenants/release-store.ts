import type { PoolClient, Queryable } from '../database/pool.ts'
import { violatedConstraint } from '../database/pool.ts'
import { Problem } from '../errors.ts'
import type { Release } from './tenant.ts'

const COLUMNS = 'version, image, port, health_path AS "healthPath", migrate, env, resources, volume, strategy, created_at AS "createdAt"'

type ReleaseRow = Release & { position: number }

/** Adds a release, which is then the newest. Throws release_exists. */
export async function insertRelease (tx: PoolClient, release: Omit<Release, 'createdAt'>): Promise<void> {
  // One at a time, to the end of the transaction: newest is who commits last, and two that move the same tenants do not deadlock.
  await tx.query('LOCK TABLE releases IN SHARE ROW EXCLUSIVE MODE')
  try {
    await tx.query(`
      INSERT INTO releases (version, image, port, health_path, migrate, env, resources, volume, strategy)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [release.version, release.image, release.port, release.healthPath, release.migrate, release.env, release.resources, release.volume, release.strategy])
  } catch (err) {
    if (violatedConstraint(err) === null) throw err
    throw new Problem('release_exists', `The release "${release.version}" exists; releases do not change, choose another version.`, { cause: err })
  }
}

export async function findRelease (db: Queryable, version: string): Promise<Release | null> {
  const { rows } = await db.query<ReleaseRow>(`SELECT ${COLUMNS} FROM releases WHERE version = $1`, [version])
  return rows[0] ?? null
}

/** Releases, newest first; `before` is the position that the last page ended with. */
export async function listReleases (db: Queryable, before: number | null, limit: number): Promise<{ items: Release[], next: number | null }> {
  const { rows } = await db.query<ReleaseRow>(`
    SELECT ${COLUMNS}, position FROM releases WHERE $1::bigint IS NULL OR position < $1 ORDER BY position DESC LIMIT $2`, [before, limit + 1])
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? (items.at(-1) as ReleaseRow).position : null }
}
