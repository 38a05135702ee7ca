import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CredentialsError, credentialsFor, readCredentials } from '../../../provisioner/resources/registry-credentials.ts'

const auth = Buffer.from('ann:se:cret').toString('base64')
const text = JSON.stringify({
  auths: {
    'https://index.docker.io/v1/': { auth },
    'https://registry.example.com/v2/': { username: 'bob', password: 'b' },
    'token.example.com': { auth, identitytoken: 'tok' },
    'bad.example.com': {}
  }
})

t.test('who is asked for what', async t => {
  t.same(credentialsFor(text, 'shop:1'), { username: 'ann', password: 'se:cret', serveraddress: 'https://index.docker.io/v1/' })
  t.same(credentialsFor(text, 'registry.example.com/shop:1'), { username: 'bob', password: 'b', serveraddress: 'registry.example.com' })
  t.same(credentialsFor(text, 'token.example.com/shop'), { identitytoken: 'tok', serveraddress: 'token.example.com' })
  t.equal(credentialsFor(text, 'other.example.com/shop'), null)
  t.equal(credentialsFor('{}', 'shop'), null)
})

t.test('what cannot be used is said without what is in it', async t => {
  for (const [file, image] of [[text, 'bad.example.com/shop'], [`{"auths": "${auth}`, 'shop'], [`{"auths": {"a": "${auth}"}}`, 'shop']] as const) {
    t.throws(() => credentialsFor(file, image), CredentialsError)
    try { credentialsFor(file, image) } catch (err) { t.notMatch(String(err), auth) }
  }
})

t.test('the file', async t => {
  const folder = t.testdir({ empty: '', config: text })
  t.equal(await readCredentials('', 'shop'), null)
  t.equal(await readCredentials(join(folder, 'empty'), 'shop'), null)
  t.match(await readCredentials(join(folder, 'config'), 'shop'), { username: 'ann' })
  writeFileSync(join(folder, 'config'), '{}')
  t.equal(await readCredentials(join(folder, 'config'), 'shop'), null, 'is read anew each time')
  await t.rejects(readCredentials(join(folder, 'none'), 'shop'), /BERTH_REGISTRY_AUTH_FILE.*ENOENT/)
})
