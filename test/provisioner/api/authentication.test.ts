import t from 'tap'
import { tokenCheck } from '../../../provisioner/api/authentication.ts'

const isToken = tokenCheck('0123456789abcdef')
for (const header of ['Bearer 0123456789abcdef', 'bearer 0123456789abcdef', 'BEARER  0123456789abcdef ']) t.equal(isToken(header), true, header)
for (const header of [
  undefined, '', 'Bearer', 'Bearer ', '0123456789abcdef', 'Basic 0123456789abcdef', 'Bearer 0123456789abcde', 'Bearer 0123456789abcdefg',
  'Bearer 0123456789ABCDEF', 'Bearer 0123456789abcdef x', 'Bearer: 0123456789abcdef', 'xBearer 0123456789abcdef'
]) t.equal(isToken(header), false, String(header))
