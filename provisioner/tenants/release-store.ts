import type { PoolClient, Queryable } from '../database/pool.ts'
import { violatedConstraint } from '../database/pool.ts'
import { Problem } from '../errors.ts'
import { newReleaseId } from './names.ts'
import type { Release } from './tenant.ts'

const COLUMNS = `id, version, image, port, health_path AS "healthPath", migrate, env, resources, volume, strategy, created_at AS "createdAt", state, reason, message, since,
  pinned, template, migrates_from AS "migratesFrom", migrates, contains, covered_by AS "coveredBy"`

type ReleaseRow = Release & { position: number }

/** What a release is made of; the rest is found. */
export type NewRelease = Pick<Release, 'version' | 'image' | 'port' | 'healthPath' | 'migrate' | 'env' | 'resources' | 'volume' | 'strategy'>

/** Adds a release that is to be proven. One that was rejected makes room: nobody uses it. Throws release_exists. */
export async function insertRelease (tx: PoolClient, release: NewRelease): Promise<string> {
  await lockReleases(tx)
  await tx.query("DELETE FROM releases WHERE version = $1 AND state = 'rejected'", [release.version])
  const id = newReleaseId()
  try {
    await tx.query(`
      INSERT INTO releases (id, version, image, port, health_path, migrate, env, resources, volume, strategy, reason, message)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'Waiting', 'Waits to be proven.')`,
    [id, release.version, release.image, release.port, release.healthPath, release.migrate, release.env, release.resources, release.volume, release.strategy])
  } catch (err) {
    if (violatedConstraint(err) === null) throw err
    throw new Problem('release_exists', `The release "${release.version}" exists; releases do not change, choose another version.`, { cause: err })
  }
  return id
}

/** One at a time, to the end of the transaction: newest is who commits last, and two that move the same tenants do not deadlock. */
export async function lockReleases (tx: PoolClient): Promise<void> {
  await tx.query('LOCK TABLE releases IN SHARE ROW EXCLUSIVE MODE')
}

export async function findRelease (db: Queryable, version: string): Promise<Release | null> {
  const { rows } = await db.query<ReleaseRow>(`SELECT ${COLUMNS} FROM releases WHERE version = $1`, [version])
  return rows[0] ?? null
}

export async function findReleaseById (db: Queryable, id: string): Promise<Release | null> {
  const { rows } = await db.query<ReleaseRow>(`SELECT ${COLUMNS} FROM releases WHERE id = $1`, [id])
  return rows[0] ?? null
}

export function releaseNotFound (version: string): Problem {
  return new Problem('release_not_found', `There is no release "${version.slice(0, 64)}"; GET /v1/releases lists them.`)
}

/** Releases, newest first; `before` is the position that the last page ended with. */
export async function listReleases (db: Queryable, before: number | null, limit: number): Promise<{ items: Release[], next: number | null }> {
  const { rows } = await db.query<ReleaseRow>(`
    SELECT ${COLUMNS}, position FROM releases WHERE $1::bigint IS NULL OR position < $1 ORDER BY position DESC LIMIT $2`, [before, limit + 1])
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? (items.at(-1) as ReleaseRow).position : null }
}

/** The release that a tenant begins with when none is said: where all tenants are going, else the newest usable one. Throws no_release. */
export async function releaseToBegin (db: Queryable): Promise<Release> {
  const { rows } = await db.query<ReleaseRow>(`
    SELECT ${COLUMNS} FROM releases WHERE state = 'usable'
    ORDER BY version = (SELECT release FROM rollouts
      WHERE ended_at IS NULL AND state IN ('running', 'paused') AND asked->>'tenants' = 'all' ORDER BY position DESC LIMIT 1) DESC NULLS LAST, position DESC LIMIT 1`)
  if (rows[0] === undefined) throw new Problem('no_release', 'There is no usable release yet: create one with POST /v1/releases first, and wait until it is proven.')
  return rows[0]
}

/** Sees to it that tenants can be at a release. Throws unknown_release, release_verifying or release_rejected. */
export async function requireUsable (db: Queryable, version: string): Promise<Release> {
  const release = await findRelease(db, version)
  switch (release?.state) {
    case 'usable': return release
    case 'verifying': throw new Problem('release_verifying', `The release "${version}" is still being proven; GET /v1/releases/${version} tells how it goes.`)
    case 'rejected': throw new Problem('release_rejected', `The release "${version}" was rejected: ${release.message}`)
    case undefined: throw new Problem('unknown_release', `There is no release "${version}"; GET /v1/releases lists them.`)
  }
}
