import type { PoolClient, Pool, Queryable } from '../database/pool.ts'
import { inTransaction } from '../database/pool.ts'
import type { LeaseTable } from '../queue/lease-store.ts'
import { appendEvent } from '../tenants/event-store.ts'
import { lockReleases } from '../tenants/release-store.ts'
import { adoptNewestRelease, requestWork } from '../tenants/tenant-store.ts'
import type { Release } from '../tenants/tenant.ts'
import { repositoryOf } from '../resources/image-reference.ts'
import { appendReleaseEvent } from './release-event-store.ts'

/** Proofs are leased like tenants: see queue/lease-store.ts. */
export const PROOF_LEASES: LeaseTable = { table: 'proofs', key: 'release_id' }

/** Templates of this many of the newest usable releases are kept, whoever needs them. */
const KEPT_TEMPLATES = 3

/** Asks for the proof of a release that was just made. */
export async function requestProof (tx: PoolClient, releaseId: string): Promise<void> {
  await tx.query('INSERT INTO proofs (release_id) VALUES ($1)', [releaseId])
  await tx.query("SELECT pg_notify('berth_work', '')")
}

/** How many releases, beside this one, are being proven or wait to be. */
export async function proofsBefore (db: Queryable, releaseId: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>("SELECT count(*)::int AS count FROM releases WHERE state = 'verifying' AND id <> $1", [releaseId])
  return rows[0]?.count as number
}

/** Says how far a proof is. Writes nothing when its lease was lost. */
export async function recordProgress (db: Queryable, releaseId: string, epoch: number, reason: string, message: string): Promise<void> {
  await db.query(`
    UPDATE releases SET reason = $3, message = $4, since = now()
    WHERE id = $1 AND state = 'verifying' AND EXISTS (SELECT FROM proofs WHERE release_id = $1 AND epoch = $2)`, [releaseId, epoch, reason, message])
  await db.query("SELECT pg_notify('berth_settled', $1)", [releaseId])
}

/** The newest usable release of the same repository that has a template, or null. */
export async function baseOf (db: Queryable, { image }: Release): Promise<Pick<Release, 'id' | 'version' | 'contains'> | null> {
  const { rows } = await db.query<Pick<Release, 'id' | 'version' | 'contains' | 'image'>>(
    "SELECT id, version, contains, image FROM releases WHERE state = 'usable' AND template ORDER BY position DESC")
  return rows.find(row => repositoryOf(row.image) === repositoryOf(image)) ?? null
}

/** How a proof ended. */
export type Verdict =
  | { state: 'usable', pinned: string, template: boolean, migratesFrom: string | null, migrates: boolean | null, contains: string[], coveredBy: string[] | null }
  | { state: 'rejected', pinned: string | null, reason: string, message: string, output: string[] }

/**
 * Ends a proof: nothing of it is left but what the verdict says. Tenants that never served, and were not told which release to use, move to a release that is
 * then the newest usable. Does nothing when the lease was lost.
 */
export async function recordVerdict (pool: Pool, { id, version }: Release, epoch: number, verdict: Verdict): Promise<void> {
  await inTransaction(pool, async tx => {
    await lockReleases(tx)
    const usable = verdict.state === 'usable'
    const told = usable ? { reason: 'Proven', message: 'An instance of it became healthy.' } : { reason: verdict.reason, message: verdict.message }
    const { rowCount } = await tx.query(`
      UPDATE releases SET state = $3, reason = $4, message = $5, since = now(), pinned = $6, template = $7, migrates_from = $8, migrates = $9, contains = $10, covered_by = $11
      WHERE id = $1 AND state = 'verifying' AND EXISTS (SELECT FROM proofs WHERE release_id = $1 AND epoch = $2)`,
    [id, epoch, verdict.state, told.reason, told.message, verdict.pinned, usable && verdict.template, usable ? verdict.migratesFrom : null, usable ? verdict.migrates : null,
      usable ? verdict.contains : [], usable ? verdict.coveredBy : null])
    if (rowCount === 0) return
    await appendReleaseEvent(tx, id, usable ? { reason: 'Usable', message: `The release "${version}" is usable.` } : { level: 'error', ...told, data: { output: verdict.output } })
    if (usable) await moveNewTenants(tx, version)
    await tx.query("SELECT pg_notify('berth_settled', $1)", [id])
  })
}

async function moveNewTenants (tx: PoolClient, version: string): Promise<void> {
  const { rows } = await tx.query<{ version: string }>("SELECT version FROM releases WHERE state = 'usable' ORDER BY position DESC LIMIT 1")
  if (rows[0]?.version !== version) return
  const moved = await adoptNewestRelease(tx, version)
  const message = `The tenant never served, and is to be at the newest release "${version}".`
  for (const tenantId of moved) await appendEvent(tx, tenantId, { reason: 'ReleaseAdopted', message, data: { to: version } })
  await requestWork(tx, moved)
}

/**
 * Takes the templates from the releases that nobody needs to copy: neither one of the newest, nor the newest of its repository, nor wanted by a tenant that has no
 * database yet. Returns the releases' ids. Whoever reads of a template before it goes finds none, and makes do without.
 */
export async function forgetOldTemplates (pool: Pool): Promise<string[]> {
  return await inTransaction(pool, async tx => {
    await lockReleases(tx)
    const { rows } = await tx.query<Pick<Release, 'id' | 'image'> & { needed: boolean }>(`
      SELECT id, image, EXISTS (SELECT FROM tenants t WHERE t.release = r.version AND t.migrated IS NULL AND t.wanted <> 'deleted') AS needed
      FROM releases r WHERE state = 'usable' AND template ORDER BY position DESC`)
    const repositories = new Set<string>()
    const old = rows.filter(({ image, needed }, index) => {
      const first = !repositories.has(repositoryOf(image))
      repositories.add(repositoryOf(image))
      return index >= KEPT_TEMPLATES && !first && !needed
    }).map(row => row.id)
    await tx.query('UPDATE releases SET template = false WHERE id = ANY($1)', [old])
    return old
  })
}
