import { databaseName } from '../../tenants/names.ts'
import type { DatabaseState } from '../../resources/tenant-databases.ts'
import { recordNewDatabase } from '../../tenants/tenant-store.ts'
import { DONE, notOurs, wait } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import { tell } from '../pass.ts'
import type { Pass } from '../pass.ts'

export async function ensureDatabase (pass: Pass): Promise<Outcome> {
  const { tenant, release, databasePassword } = pass.desired
  const name = databaseName(tenant.id)
  const made = await pass.databases.ensure(tenant.id, databasePassword, release.template ? release.id : null)
  if (made === 'foreign') return notOurs(`role or database "${name}"`)
  if (made === 'cloned') {
    await recordNewDatabase(pass.pool, tenant.id, pass.epoch, release)
    pass.desired = { ...pass.desired, migrates: false }
    await tell(pass, { reason: 'DatabaseCloned', message: `The database "${name}" and its role are there, with the migrations of release "${release.version}".` })
    return DONE
  }
  if (isNew(pass.observed.database) && tenant.migrated !== null) {
    await recordNewDatabase(pass.pool, tenant.id, pass.epoch, null)
    return wait(0, 'DatabaseLost', 'The database was gone and is made anew; it is migrated again.')
  }
  await tell(pass, pass.observed.database === 'changed'
    ? { level: 'warning', reason: 'DatabaseRestored', message: `The password or the limits of the database "${name}" or its role were changed, and are set right.` }
    : { reason: 'DatabaseCreated', message: `The database "${name}" and its role are there.` })
  return DONE
}

function isNew (before: DatabaseState): boolean {
  return before === 'absent' || before === 'role-only'
}

export async function dropDatabase (pass: Pass): Promise<Outcome> {
  const { tenant } = pass.desired
  if (await pass.databases.drop(tenant.id) === 'foreign') return notOurs(`role or database "${databaseName(tenant.id)}"`)
  await tell(pass, { reason: 'DatabaseDropped', message: 'The database and its role are removed.' })
  return DONE
}
