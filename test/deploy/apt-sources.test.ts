import t from 'tap'
import { debianMirrors, deriveSource, parseDeb822, parseList, pinning } from '../../deploy/apt-sources.ts'

const OFFICIAL = `Types: deb deb-src
# a comment, as the official image has it
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`

t.test('a source of the next release keeps the mirror and its key', async t => {
  t.equal(deriveSource(parseDeb822(OFFICIAL), 'bookworm', 'trixie'), `Types: deb
URIs: http://mirror.example/debian
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`)
  t.equal(pinning('trixie'), 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n')
})

t.test('one-line sources are read too', async t => {
  const list = `# deb http://commented.example/debian bookworm main
deb [arch=amd64 signed-by=/etc/apt/keys/own.gpg] https://own.example/debian bookworm main non-free # why
deb-src http://own.example/debian bookworm main
deb http://own.example/debian-security bookworm-security main
`
  const sources = parseList(list)
  t.equal(sources.length, 2)
  t.equal(deriveSource(sources, 'bookworm', 'trixie'),
    'Types: deb\nURIs: https://own.example/debian\nSuites: trixie\nComponents: main\nSigned-By: /etc/apt/keys/own.gpg\n')
  t.same(debianMirrors(sources, { distribution: 'debian', suite: 'bookworm' }), {
    main: 'https://own.example/debian', security: 'http://own.example/debian-security', keyring: '/etc/apt/keys/own.gpg'
  })
})

t.test('a key inside the file goes with it, line by line', async t => {
  const key = ' -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----'
  const sources = parseDeb822(`Types: deb\nURIs: http://m.example/debian\nSuites: bookworm\nComponents: main\nSigned-By:\n${key}\nTrusted: yes\n`)
  t.match(deriveSource(sources, 'bookworm', 'trixie'), `Signed-By: \n${key}\nTrusted: yes`)
  t.equal(debianMirrors(sources, { distribution: 'debian', suite: 'bookworm' }).keyring, undefined)
})

t.test('what cannot serve as a mirror is passed over', async t => {
  const none = parseDeb822([
    'Types: deb\nURIs: cdrom:[Debian]/\nSuites: bookworm\nComponents: main\n',
    'Types: deb-src\nURIs: http://m.example/debian\nSuites: bookworm\nComponents: main\n',
    'Types: deb\nEnabled: no\nURIs: http://m.example/debian\nSuites: bookworm\nComponents: main\n',
    'Types: deb\nURIs: http://m.example/debian\nSuites: bookworm\nComponents: contrib\n',
    'Types: deb\nURIs: https://tools.example/apt\nSuites: nodistro\nComponents: main\n'
  ].join('\n'))
  t.equal(deriveSource(none, 'bookworm', 'trixie'), null)
})

t.test('a host that names no Debian mirror is told what to do', async t => {
  const ubuntu = parseList('deb http://archive.ubuntu.example/ubuntu noble main\ndeb http://security.ubuntu.example/ubuntu noble-security main\n')
  t.throws(() => debianMirrors(ubuntu, { distribution: 'ubuntu', suite: 'noble' }), /BERTH_BASE_IMAGE/)
})
