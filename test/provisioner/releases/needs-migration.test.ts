import t from 'tap'
import { needsMigration } from '../../../provisioner/releases/needs-migration.ts'
import { aDesired } from '../reconcile/world-of-one.ts'

const { release } = aDesired()
const one = { ...release, version: '1' }
const two = { ...release, version: '2' }

const table: Array<[string, Parameters<typeof needsMigration>, boolean]> = [
  ['from nowhere', [null, one], true],
  ['from nowhere, without a migrate', [null, { ...one, migrate: null }], false],
  ['the same', [one, one], false],
  ['unknown', [one, two], true],
  ['found to change nothing', [one, { ...two, sameAs: ['1'] }], false],
  ['from one before that', [one, { ...two, sameAs: ['1b', '1'] }], false],
  ['the other way', [{ ...two, sameAs: ['1'] }, one], true],
  ['back to one of before', [two, one, ['1']], false],
  ['back to one that changes nothing of one of before', [two, { ...one, version: '1b', sameAs: ['1'] }, ['0', '1']], false],
  ['to neither', [two, one, ['0']], true],
  ['found of others', [one, { ...two, sameAs: ['1b'] }], true]
]
for (const [name, args, expected] of table) t.equal(needsMigration(...args), expected, name)
