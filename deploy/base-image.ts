import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { debianMirrors } from './apt-sources.ts'
import type { Mirrors } from './apt-sources.ts'
import { attempt, run } from './command.ts'
import { installPackages, readAptSources, readHost, STABLE } from './host.ts'
import type { Note } from './say.ts'

/** How long a registry may take to say that it knows the image; the download itself may take longer. */
const ANSWER_MS = 8_000
const DOWNLOAD_MS = 600_000
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
/** The name that the self-made system has until berth-base is built from it. */
const SELF_MADE = `berth-root:${STABLE}`

export interface Root {
  image: string
  /** Forgets the name once an image has been built from it. */
  release: () => Promise<void>
}

/** The system that the base image starts from: Debian's official image, or the same made from packages here. */
export async function provideRoot (official: string, note: Note): Promise<Root> {
  const keep = async () => {}
  if ((await attempt('docker', ['image', 'inspect', official])).code === 0) return { image: official, release: keep }
  note(`pulling ${official}`)
  const refusal = await pull(official)
  if (refusal === undefined) return { image: official, release: keep }
  note(`no registry (${refusal}), so making it with debootstrap`)
  await bootstrap(note)
  return { image: SELF_MADE, release: async () => { await attempt('docker', ['rmi', SELF_MADE]) } }
}

/** Returns undefined when the image has come, else in a few words why not. */
function pull (image: string): Promise<string | undefined> {
  return new Promise(resolve => {
    const child = spawn('docker', ['pull', image], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    let late: string | undefined
    const giveUp = (why: string) => () => { late = why; child.kill('SIGKILL') }
    let timer = setTimeout(giveUp(`no answer in ${ANSWER_MS / 1000} s`), ANSWER_MS)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      // The first thing it prints, once the registry has answered.
      if (!/Pulling from/.test(text)) return
      clearTimeout(timer)
      timer = setTimeout(giveUp('the download stalls'), DOWNLOAD_MS)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text })
    child.on('error', error => { said += error.message })
    child.on('close', code => {
      clearTimeout(timer)
      resolve(code === 0 ? undefined : late ?? said.trim().split(': ').at(-1) ?? `status ${code}`)
    })
  })
}

async function bootstrap (note: Note): Promise<void> {
  const host = await readHost()
  if (!existsSync('/usr/sbin/debootstrap')) {
    if (!host.root || !host.apt) {
      throw new Error('No registry of images answers, and making the base image here needs debootstrap: install that package, or provide ' +
        'a Debian image by docker load and name it with BERTH_BASE_IMAGE.')
    }
    note('installing debootstrap')
    await installPackages(['debootstrap', ...existsSync(KEYRING) ? [] : ['debian-archive-keyring']])
  }
  if (!host.root) throw new Error('No registry of images answers, and making the base image with debootstrap needs root: run npm start once as root.')

  const mirrors = debianMirrors(await readAptSources(), host)
  // Not /tmp, which may be small, in memory, or mounted without devices.
  const directory = await mkdtemp('/var/tmp/berth-base-')
  try {
    note(`debootstrap of ${STABLE}, about half a minute`)
    const script = existsSync(`/usr/share/debootstrap/scripts/${STABLE}`) ? [] : ['/usr/share/debootstrap/scripts/sid']
    await run('debootstrap', ['--variant=minbase', `--keyring=${mirrors.keyring ?? KEYRING}`, '--include=ca-certificates',
      STABLE, directory, mirrors.main, ...script], { timeoutMs: DOWNLOAD_MS })
    await run('rm', ['-f', join(directory, 'etc/apt/sources.list')])
    await writeFile(join(directory, 'etc/apt/sources.list.d/debian.sources'), imageSources(mirrors))
    await importTree(directory)
  } finally {
    // One file system: should a /proc still be mounted in there, it must not be walked.
    await run('rm', ['-rf', '--one-file-system', directory])
  }
}

/** What the official image says of its sources, with this machine's mirror. */
export function imageSources ({ main, security }: Pick<Mirrors, 'main' | 'security'>): string {
  const source = (uri: string, suites: string) =>
    `Types: deb\nURIs: ${uri}\nSuites: ${suites}\nComponents: main\nSigned-By: ${KEYRING}\n`
  return [source(main, `${STABLE} ${STABLE}-updates`), source(security, `${STABLE}-security`)].join('\n')
}

async function importTree (directory: string): Promise<void> {
  const leave = ['./var/cache/apt/*.bin', './var/cache/apt/archives/*.deb', './var/lib/apt/lists/*', './usr/share/doc/*/*',
    './usr/share/man/*', './usr/share/info/*', './usr/share/locale/*', './var/log/*.log', './dev/*', './proc/*', './sys/*']
  const pack = ['tar', '-C', directory, ...leave.map(path => `--exclude=${path}`), '-c', '.']
  const script = 'image=$1; shift; "$@" | docker import --change \'CMD ["bash"]\' - "$image"'
  await run('bash', ['-o', 'pipefail', '-c', script, 'bash', SELF_MADE, ...pack])
}
