import type { Release } from '../tenants/tenant.ts'

/**
 * Whether a database that has the migrations of `from`, and had those of `before` earlier, needs those of `to` before an instance of `to`
 * starts. Not when the proof of `to` found that it changes nothing of what one of them has: migrations only ever add, so a database keeps
 * them when later ones follow. Null stands for a release that nobody knows any more. Pure.
 */
export function needsMigration (from: Release | null, to: Release, before: readonly string[] = []): boolean {
  if (to.migrate === null) return false
  if (from === null) return true
  return ![from.version, ...before].some(version => version === to.version || to.sameAs.includes(version))
}
