import t from 'tap'
import { buildNpmrc, bundlePaths, mergeBundles } from '../../deploy/build-secrets.ts'

const certificate = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`

t.test('authorities are looked for where people name them, then where systems keep them', async t => {
  t.same(bundlePaths({ NODE_EXTRA_CA_CERTS: '/a.pem', SSL_CERT_FILE: '/b.pem' }, { cafile: '/a.pem' }),
    ['/a.pem', '/b.pem', '/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'])
  t.same(bundlePaths({ NODE_EXTRA_CA_CERTS: '' }, { cafile: null }).length, 2)
})

t.test('bundles are merged without doubles or prose', async t => {
  const [one, two] = [certificate('one'), certificate('two')]
  t.equal(mergeBundles([`# An Authority\n${one}\n`, `${one}\n${two}\n`]), `${one}\n${two}\n`)
})

t.test('an npmrc for a build', async t => {
  const config = { registry: 'https://npm.example/', proxy: null, 'https-proxy': 'http://proxy.example:3128' }
  const file = [
    'registry=https://older.example/', '@team:registry=https://team.example/',
    // eslint would take a template for a mistake
    '//team.example/:_authToken=$' + '{TEAM_TOKEN}', '//npm.example/:_auth=$' + '{UNKNOWN}',
    'cafile=/host/only.pem', 'nodedir=/usr', '; a comment', 'strict-ssl=false'
  ].join('\r\n')
  t.equal(buildNpmrc(config, [file], { TEAM_TOKEN: 'secret' }), [
    'registry=https://older.example/', '@team:registry=https://team.example/', '//team.example/:_authToken=secret',
    '//npm.example/:_auth=$' + '{UNKNOWN}', 'strict-ssl=false', 'registry=https://npm.example/', 'https-proxy=http://proxy.example:3128', ''
  ].join('\n'))
})
