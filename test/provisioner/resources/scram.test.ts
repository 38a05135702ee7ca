import t from 'tap'
import { scramVerifier } from '../../../provisioner/resources/scram.ts'

t.test('the example of RFC 7677, section 3', async t => {
  // Password "pencil", salt W22ZaJ0SNY7soEsUEjb6gQ==, 4096 iterations; StoredKey and ServerKey as PostgreSQL stores them.
  t.equal(scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')),
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=')
})

t.test('a salt of its own each time', async t => {
  t.not(scramVerifier('pencil'), scramVerifier('pencil'))
})
