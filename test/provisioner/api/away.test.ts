import t from 'tap'
import { isAway } from '../../../provisioner/api/away.ts'

const coded = (code: unknown) => Object.assign(new Error('x'), { code })

for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', '08006', '40P01', '53300', '57P01', '57P03']) t.equal(isAway(coded(code)), true, code)
for (const code of ['23505', '42P01', '57014', '22021', 'EACCES', 'FST_ERR_CTP_BODY_TOO_LARGE', 5]) t.equal(isAway(coded(code)), false, String(code))
t.equal(isAway(new Error('Connection terminated unexpectedly')), true)
t.equal(isAway(new Error('timeout exceeded when trying to connect')), true)
t.equal(isAway(new TypeError('x is not a function')), false)
t.equal(isAway(new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')])), true, 'both addresses of a name')
t.equal(isAway(new AggregateError([new Error('x')])), false)
