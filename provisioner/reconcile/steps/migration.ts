import { migrationName } from '../../tenants/names.ts'
import { recordMigrated } from '../../tenants/tenant-store.ts'
import { DONE, wait } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import { tell } from '../pass.ts'
import type { Pass } from '../pass.ts'
import { createContainer, describeExit, outputOf, quoteTelling, STOP_GRACE_SECONDS } from './container.ts'

/** A pass stays with a migration this long; a longer one is looked at again and again. */
const STAY_MS = 3000
const LOOK_AGAIN_MS = 500
const START_RETRY_MS = 60_000
const KILLED_RETRY_MS = 2000

/** Runs the release's migrate command in a container of its image. It goes on by itself while the instance is made. */
export async function startMigration (pass: Pass): Promise<Outcome> {
  if (!pass.desired.migrates) return DONE
  const name = migrationName(pass.desired.instance)
  const refused = await createContainer(pass, name, 'migration', pass.desired.spec.migrate)
  if (refused !== null) return refused
  const started = await pass.engine.start(name)
  if (started.kind === 'refused') {
    const message = `The migrate command cannot be started: ${started.detail}`
    return { kind: 'failed', reason: 'MigrationFailed', message, discard: name, retryAfterMs: START_RETRY_MS }
  }
  await tell(pass, { reason: 'MigrationStarted', message: `The migration to release "${pass.desired.spec.release}" runs.` })
  return DONE
}

/** Waits for the end of the migration, keeps its output in the tenant's events, and removes its container. */
export async function awaitMigration (pass: Pass): Promise<Outcome> {
  const { engine, desired: { tenant, spec, migrates } } = pass
  const name = migrationName(pass.desired.instance)
  if (!migrates) {
    await engine.stopAndRemove(name, STOP_GRACE_SECONDS)
    return DONE
  }
  await engine.awaitExit(name, AbortSignal.any([pass.signal, AbortSignal.timeout(STAY_MS)])).catch(err => {
    if (pass.signal.aborted || !isAbort(err)) throw err
  })
  const run = await engine.inspect(name)
  if (run === null) return wait(0, 'MigrationVanished', 'The container of the migration is gone; it is run again.')
  if (run.state !== 'exited' && run.state !== 'dead') {
    if (Date.now() - run.startedAt.getTime() <= pass.config.reconcile.migrateTimeoutMs) {
      return wait(LOOK_AGAIN_MS, 'Migrating', `The migration to release "${spec.release}" runs.`)
    }
    const output = await outputOf(pass, name)
    return {
      kind: 'failed',
      reason: 'MigrationTimedOut',
      message: `The migration did not end within ${pass.config.reconcile.migrateTimeoutMs / 1000} seconds and is stopped.`,
      output,
      discard: name,
      retryAfterMs: null
    }
  }
  const output = await outputOf(pass, name)
  if (run.exitCode !== 0) {
    // What a migration says that lost its database says nothing about itself.
    if (await pass.databases.upSince() > run.startedAt) return await interrupted(pass, name, output)
    const message = `The migration ${describeExit(run, spec.resources)}${quoteTelling(output)}`
    // Ended from outside, by a restart of the engine or by hand, it says nothing about itself.
    const retryAfterMs = run.exitCode > 128 && !run.oomKilled ? KILLED_RETRY_MS : null
    return { kind: 'failed', reason: 'MigrationFailed', message, output, discard: name, retryAfterMs }
  }
  await recordMigrated(pass.pool, tenant.id, pass.epoch, tenant.release)
  await tell(pass, { reason: 'MigrationFinished', message: `The database has the migrations of release "${spec.release}".`, data: { output } })
  await engine.stopAndRemove(name, 0)
  return DONE
}

async function interrupted (pass: Pass, name: string, output: string[]): Promise<Outcome> {
  const message = 'The database server was restarted while the migration ran; it is run again.'
  await tell(pass, { level: 'warning', reason: 'MigrationInterrupted', message, data: { output } })
  await pass.engine.stopAndRemove(name, 0)
  return wait(LOOK_AGAIN_MS, 'MigrationInterrupted', message)
}

function isAbort (err: unknown): boolean {
  return err instanceof Error && (err.name === 'AbortError' || err.name === 'TimeoutError')
}
