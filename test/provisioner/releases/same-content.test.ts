import t from 'tap'
import { isSame } from '../../../provisioner/releases/prove-release.ts'

t.ok(isSame({ digest: 'a', rows: 1 }, { digest: 'a', rows: 1 }))
t.notOk(isSame({ digest: 'a', rows: 1 }, { digest: 'b', rows: 1 }), 'changed')
t.notOk(isSame({ digest: 'a', rows: 0 }, { digest: 'a', rows: 0 }), 'no row that could tell what was done')
t.notOk(isSame(null, { digest: 'a', rows: 1 }))
t.notOk(isSame({ digest: 'a', rows: 1 }, null))
