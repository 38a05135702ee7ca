import t from 'tap'
import { needsMigration } from '../../../provisioner/releases/needs-migration.ts'
import { aDesired } from '../reconcile/world-of-one.ts'

const { release } = aDesired()
const one = { ...release, version: '1', coveredBy: null }
const two = { ...release, version: '2', coveredBy: null }
const covered = (...by: string[]) => ({ ...two, coveredBy: by })

const table: Array<[string, Parameters<typeof needsMigration>, boolean]> = [
  ['nothing yet', [[], one], true],
  ['nothing yet, without a migrate', [[], { ...one, migrate: null }], false],
  ['the same', [['1'], one], false],
  ['unknown', [['1'], two], true],
  ['found to change nothing', [['1'], covered('1')], false],
  ['nothing yet, although found to change nothing elsewhere', [[], covered('1')], true],
  ['back to one of before', [['2', '1'], one], false],
  ['to neither', [['2', '0'], one], true],
  ['found of others', [['1'], covered('1b')], true],
  ['found where more is', [['1'], covered('1', '1b')], true],
  ['found where less is', [['1', '1b', '0'], covered('1b', '1')], false],
  // 1.1 mends 1 and was proven behind 2; that 2.1 changes nothing behind that says nothing of who came from 1 to 1.1.
  ['a newer line, from a release that was mended on the older', [['1', '1.1'], { ...two, version: '2.1', coveredBy: ['1', '2'] }], true],
  ['the same, of who was there before', [['1', '2', '1.1'], { ...two, version: '2.1', coveredBy: ['1', '2'] }], false]
]
for (const [name, args, expected] of table) t.equal(needsMigration(...args), expected, name)
