import type { Release } from '../tenants/tenant.ts'

/**
 * Whether a database that has the migrations of the releases `has` needs those of `to` before an instance of `to` starts. Not when it has
 * them, and not when the proof of `to` found that it changes nothing where the migrations of certain releases are, and the database has
 * those of all of them: migrations only ever add. Pure.
 */
export function needsMigration (has: readonly string[], { version, migrate, coveredBy }: Pick<Release, 'version' | 'migrate' | 'coveredBy'>): boolean {
  if (migrate === null || has.includes(version)) return false
  return coveredBy === null || !coveredBy.every(each => has.includes(each))
}
