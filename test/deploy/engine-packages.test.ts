import t from 'tap'
import { adviceFor, planPackages, TOOLS } from '../../deploy/engine-packages.ts'
import { parseOsRelease } from '../../deploy/host.ts'

const hosts = [
  ['Debian 12 takes compose and buildx from its successor', 'debian', 'bookworm', TOOLS,
    { packages: ['docker.io', 'docker-compose/trixie', 'docker-buildx/trixie'], extraSuite: 'trixie' }],
  ['Debian 12 needs no other release for the engine', 'debian', 'bookworm', ['engine'], { packages: ['docker.io'] }],
  ['Debian 13 has it all', 'debian', 'trixie', TOOLS, { packages: ['docker.io', 'docker-cli', 'docker-compose', 'docker-buildx'] }],
  ['Ubuntu has other names', 'ubuntu', 'noble', TOOLS, { packages: ['docker.io', 'docker-compose-v2', 'docker-buildx'] }],
  ['only what is missing', 'ubuntu', 'noble', ['buildx'], { packages: ['docker-buildx'] }],
  ['Debian 11 is too old', 'debian', 'bullseye', TOOLS, null],
  ['elsewhere nothing is guessed', 'fedora', '', TOOLS, null]
] as const

for (const [what, distribution, suite, missing, plan] of hosts) {
  t.test(what, async t => { t.same(planPackages({ distribution, suite }, missing), plan) })
}

t.test('the advice names what is missing', async t => {
  t.match(adviceFor(['compose', 'buildx'], 'Why.'), /^Missing: Docker Compose v2, Docker Buildx\. Why\. Install them/)
})

t.test('os-release, quoted or not', async t => {
  t.same([...parseOsRelease('ID=debian\nVERSION_CODENAME="bookworm"\n')], [['ID', 'debian'], ['VERSION_CODENAME', 'bookworm']])
})
