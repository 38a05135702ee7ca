import t from 'tap'
import { entityTag, requireMatch } from '../../../provisioner/api/entity-tag.ts'

t.equal(entityTag(4), '"4"')
for (const header of [undefined, '*', ' * ', '"4"', '"3", "4"', '"3","4" ']) t.doesNotThrow(() => { requireMatch(header, 4) }, String(header))
for (const header of ['"3"', 'W/"4"', '4', '"44"', '"3", "5"', '']) t.throws(() => { requireMatch(header, 4) }, { code: 'precondition_failed' }, header)
