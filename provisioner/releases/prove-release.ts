import type { Lease } from '../queue/lease-store.ts'
import type { Presence } from '../queue/presence.ts'
import type { Deps } from '../reconcile/pass.ts'
import type { Content } from '../resources/database-content.ts'
import type { NewEvent } from '../tenants/event-store.ts'
import { databasePassword, volumeName } from '../tenants/names.ts'
import { findReleaseById } from '../tenants/release-store.ts'
import type { Release } from '../tenants/tenant.ts'
import { isCancelled, watchForCancellation } from './cancellation.ts'
import { freeProofAddress, reserveProofAddress } from './proof-address.ts'
import { runInstance, runMigration } from './proof-container.ts'
import type { Site } from './proof-container.ts'
import { baseOf, forgetOldTemplates, recordProgress, recordVerdict } from './proof-store.ts'
import type { Verdict } from './proof-store.ts'
import { Rejection } from './rejection.ts'
import { appendReleaseEvent } from './release-event-store.ts'

const TELL_PULL_EVERY_MS = 2000

/** One proof of one release. */
interface Proof extends Deps {
  release: Release
  epoch: number
  signal: AbortSignal
}

/** What the proof learnt of the database, and has of it. */
type Findings = Pick<Verdict & { state: 'usable' }, 'template' | 'migratesFrom' | 'migrates' | 'contains' | 'coveredBy'>

/**
 * Proves a release before any tenant sees it:
 *
 *   image      on the engine, or pulled; pinned by its digest or id
 *   database   a copy of the template of the newest usable release of the same repository, or empty; then `migrate`; a copy of that is its template
 *   instance   on that database; it must become healthy
 *   verdict    usable or rejected, written after all but the template was removed
 *
 * A proof that is broken off, wherever, begins again: first it removes what there is. One that is cancelled removes that, and no more. All it makes carries the
 * release's id where what is a tenant's carries the tenant's. Throws when it could not tell; then it is tried again.
 */
export async function proveRelease (deps: Deps & { presence: Presence }, lease: Lease, stopping: AbortSignal): Promise<null> {
  const release = await findReleaseById(deps.pool, lease.tenantId)
  if (release === null || release.state === 'usable') return null
  const cancellation = watchForCancellation(deps.pool, deps.presence, release.id)
  const signal = AbortSignal.any([stopping, cancellation.signal])
  const proof: Proof = { ...deps, release, epoch: lease.epoch, signal, log: deps.log.child({ release: release.version, epoch: lease.epoch }) }
  try {
    if (release.state === 'verifying') await prove(proof)
  } catch (err) {
    if (!cancellation.signal.aborted) throw err
  } finally {
    cancellation.close()
  }
  // Also when that came too late to break anything off (of the verdict nothing was written then), or before whoever was at it had ended.
  if (await isCancelled(deps.pool, release.id)) await clear(proof)
  return null
}

async function prove (proof: Proof): Promise<void> {
  const { databases, epoch, pool, release, signal } = proof
  await clear(proof)
  let verdict: Verdict
  let pinned: string | null = null
  try {
    const image = await findImage(proof)
    pinned = image.pinned
    verdict = { state: 'usable', pinned, ...await tryOut(proof, image.pinned, image.user) }
  } catch (err) {
    if (!(err instanceof Rejection)) {
      if (!signal.aborted) await tell(proof, { level: 'warning', reason: 'ProofInterrupted', message: `The proof could not go on: ${err instanceof Error ? err.message : String(err)} It begins again.` })
      throw err
    }
    verdict = { state: 'rejected', pinned, reason: err.reason, message: err.message, output: err.output }
  }
  signal.throwIfAborted()
  await clear(proof, verdict.state === 'usable' && verdict.template)
  await recordVerdict(pool, release, epoch, verdict)
  proof.log.info({ state: verdict.state }, 'release proven')
  for (const old of await forgetOldTemplates(pool)) await databases.drop(old)
}

async function findImage (proof: Proof): Promise<{ pinned: string, user: string }> {
  const { engine, release: { image: name }, signal } = proof
  await progress(proof, 'Pulling', `The image "${name}" is looked for, and pulled when the engine does not have it.`)
  let toldAt = Date.now()
  const image = await engine.ensureImage(name, signal, message => {
    if (Date.now() - toldAt < TELL_PULL_EVERY_MS) return
    toldAt = Date.now()
    tell(proof, { reason: 'ImagePulling', message }).catch(() => {})
  })
  if (!image.found) throw new Rejection('ImageNotFound', `The image "${name}" is neither on the engine nor can it be pulled: ${image.detail}`)
  await tell(proof, { reason: 'ImagePresent', message: `The image "${name}" is there, as "${image.pinned}".`, data: { pinned: image.pinned } })
  return image
}

async function tryOut (proof: Proof, image: string, user: string): Promise<Findings> {
  const { config, engine, pool, release, signal } = proof
  const address = await reserveProofAddress(pool, config.tenantSubnet, release.id)
  const site: Site = { config, engine, release, image, user, address, signal }
  const findings = await buildDatabase(proof, site)
  await progress(proof, 'Starting', 'An instance of it is started.')
  signal.throwIfAborted()
  await runInstance(site)
  await tell(proof, { reason: 'InstanceHealthy', message: `An instance answered ${release.healthPath}.` })
  return findings
}

/** Makes the database that an instance of the release needs, and of it the template. */
async function buildDatabase (proof: Proof, site: Site): Promise<Findings> {
  const { config, databases, pool, release, signal } = proof
  const base = release.migrate === null ? null : await baseOf(pool, release)
  const made = await databases.ensure(release.id, databasePassword(config.masterKey, release.id), base?.id)
  if (made === 'foreign') throw new Error(`There is a role or database "${release.id}" that was not made by this installation.`)
  if (release.migrate === null) return { template: false, migratesFrom: null, migrates: null, contains: [], coveredBy: null }
  const from = made === 'cloned' ? base : null
  const before = from === null ? null : await databases.templates.content(release.id)
  await progress(proof, 'Migrating', from === null ? 'Its migrate runs on an empty database.' : `Its migrate runs on a copy of the template of release "${from.version}".`)
  signal.throwIfAborted()
  const output = await runMigration(site, release.migrate)
  const same = from !== null && !release.volume && isSame(before, await databases.templates.content(release.id))
  const found = from === null ? '' : same ? ` It changed nothing: from "${from.version}" no migration is needed.` : ` It changed what "${from.version}" had.`
  await tell(proof, { reason: 'MigrationFinished', message: `The database has its migrations.${found}`, data: { output } })
  signal.throwIfAborted()
  const refused = await databases.templates.make(release.id)
  if (refused !== null) await tell(proof, { level: 'warning', reason: 'NoTemplate', message: `New tenants are migrated one by one, because ${refused}.` })
  return {
    template: refused === null,
    migratesFrom: from?.version ?? null,
    migrates: from === null ? null : !same,
    // Of a release on an old line the base may be one of a newer line: what its template has, tenants of the old line need not have.
    contains: [...from?.contains ?? [], ...same ? [] : [release.version]],
    coveredBy: same ? from.contains : null
  }
}

/**
 * Whether a migration changed nothing. Of a database that has no row at all nothing is known: a migrate that keeps no record of what it did
 * may find work elsewhere that there was none of here.
 */
export function isSame (before: Content | null, after: Content | null): boolean {
  return before !== null && after !== null && before.rows > 0 && before.digest === after.digest
}

/** Removes all that a proof of the release made, but for its template where that is to stay. */
async function clear ({ config, engine, databases, pool, release: { id } }: Proof, keepTemplate = false): Promise<void> {
  for (const { name } of await engine.list(id)) await engine.stopAndRemove(name, 0)
  await engine.removeVolume(volumeName(config.installation, id))
  if (keepTemplate) await databases.templates.retire(id)
  else if (await databases.drop(id) === 'foreign') throw new Error(`There is a role or database "${id}" that was not made by this installation.`)
  await freeProofAddress(pool, id)
}

async function progress (proof: Proof, reason: string, message: string): Promise<void> {
  await recordProgress(proof.pool, proof.release.id, proof.epoch, reason, message)
  await tell(proof, { reason, message })
}

async function tell ({ pool, release, log }: Proof, event: NewEvent): Promise<void> {
  await appendReleaseEvent(pool, release.id, event)
  log.info({ reason: event.reason }, 'release event')
}
