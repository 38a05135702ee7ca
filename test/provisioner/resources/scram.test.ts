import t from 'tap'
import { scramVerifier, verifies } from '../../../provisioner/resources/scram.ts'

t.test('the example of RFC 7677, section 3', async t => {
  // Password "pencil", salt W22ZaJ0SNY7soEsUEjb6gQ==, 4096 iterations; StoredKey and ServerKey as PostgreSQL stores them.
  t.equal(await scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')),
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=')
})

t.test('a salt of its own each time', async t => {
  t.not(await scramVerifier('pencil'), await scramVerifier('pencil'))
})

t.test('a verifier is recognised, and nothing else is', async t => {
  const verifier = await scramVerifier('pencil')
  t.equal(await verifies(verifier, 'pencil'), true)
  t.equal(await verifies(verifier, 'pencil2'), false)
  for (const other of [null, '', 'md5aaaa', verifier.slice(0, -1), `${verifier}x`, verifier.replace('$4096:', '$4097:'), verifier.replace('$4096:', '$2000000000:')]) {
    t.equal(await verifies(other, 'pencil'), false, String(other))
  }
})
