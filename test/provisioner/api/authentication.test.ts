import t from 'tap'
import { bearerOf } from '../../../provisioner/api/authentication.ts'

for (const header of ['Bearer 0123456789abcdef', 'bearer 0123456789abcdef', 'BEARER  0123456789abcdef ']) t.equal(bearerOf(header), '0123456789abcdef', header)
for (const header of [undefined, '', 'Bearer', 'Bearer ', '0123456789abcdef', 'Basic 0123456789abcdef', 'Bearer a b', 'Bearer: a', 'xBearer a', 'Bearer ä']) {
  t.equal(bearerOf(header), null, String(header))
}
