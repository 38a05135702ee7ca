import t from 'tap'
import { permits, SCOPES } from '../../../provisioner/access/scope.ts'
import { hashSecret, isAlive, isSecretOf, newSecret, tokenIdOf } from '../../../provisioner/access/token.ts'

t.test('a secret names its token', async t => {
  const { id, secret } = newSecret()
  t.match(id, /^tk_[a-z0-9]{12}$/)
  t.match(secret, /^bth_[a-z0-9]{12}_[A-Za-z0-9]{40}$/)
  t.equal(tokenIdOf(secret), id)
  t.not(newSecret().secret, secret)
  for (const other of ['', secret.slice(4), `x${secret}`, secret.slice(0, 40), secret.replace('bth_', 'BTH_'), `${secret}-`, 'a'.repeat(64)]) t.equal(tokenIdOf(other), null, other)
})

t.test('a hash is of one secret', async t => {
  const { secret } = newSecret()
  t.equal(isSecretOf(hashSecret(secret), secret), true)
  for (const other of ['', `${secret}x`, secret.slice(0, -1), newSecret().secret]) t.equal(isSecretOf(hashSecret(secret), other), false)
})

t.test('revoked and expired ones are dead', async t => {
  const now = new Date('2026-01-01T00:00:00Z')
  const before = new Date('2025-12-31T23:59:59.999Z')
  const after = new Date('2026-01-01T00:00:00.001Z')
  for (const [revokedAt, expiresAt, alive] of [
    [null, null, true], [null, after, true], [null, now, false], [null, before, false], [before, null, false], [before, after, false]
  ] as const) t.equal(isAlive({ revokedAt, expiresAt }, now), alive)
})

t.test('a scope has those before it', async t => {
  t.same(SCOPES.map(has => SCOPES.map(needed => permits(has, needed))), [[true, false, false], [true, true, false], [true, true, true]])
})
