import { databaseName } from '../../tenants/names.ts'
import { DONE, notOurs } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import { tell } from '../pass.ts'
import type { Pass } from '../pass.ts'

export async function ensureDatabase (pass: Pass): Promise<Outcome> {
  const { tenant, databasePassword } = pass.desired
  if (await pass.databases.ensure(tenant.id, databasePassword) === 'foreign') return notOurs(`role or database "${databaseName(tenant.id)}"`)
  const name = databaseName(tenant.id)
  await tell(pass, pass.observed.database === 'changed'
    ? { level: 'warning', reason: 'DatabaseRestored', message: `The password or the limits of the database "${name}" or its role were changed, and are set right.` }
    : { reason: 'DatabaseCreated', message: `The database "${name}" and its role are there.` })
  return DONE
}

export async function dropDatabase (pass: Pass): Promise<Outcome> {
  const { tenant } = pass.desired
  if (await pass.databases.drop(tenant.id) === 'foreign') return notOurs(`role or database "${databaseName(tenant.id)}"`)
  await tell(pass, { reason: 'DatabaseDropped', message: 'The database and its role are removed.' })
  return DONE
}
