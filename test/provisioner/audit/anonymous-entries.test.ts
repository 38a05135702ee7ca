import t from 'tap'
import { AnonymousEntries } from '../../../provisioner/audit/anonymous-entries.ts'

const entries = new AnonymousEntries()
for (let i = 0; i < 300; i++) t.same(entries.take(0), { write: true, missed: 0 })
for (let i = 0; i < 7; i++) t.same(entries.take(59_999), { write: false, missed: 0 })
t.same(entries.take(60_000), { write: true, missed: 7 }, 'the next minute tells how many were not written')
t.same(entries.take(60_001), { write: true, missed: 0 })
