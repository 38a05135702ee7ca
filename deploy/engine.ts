import { spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { deriveSource, pinning } from './apt-sources.ts'
import { attempt, lastLines, run } from './command.ts'
import { adviceFor, planPackages, TOOLS } from './engine-packages.ts'
import type { Tool } from './engine-packages.ts'
import { installPackages, readAptSources, readHost } from './host.ts'
import type { Host } from './host.ts'
import type { Note } from './say.ts'

const ENGINE_LOG = '/var/log/berth-dockerd.log'
const START_DEADLINE_MS = 60_000
const PROBES: Record<Tool, readonly string[]> = {
  engine: ['--version'],
  compose: ['compose', 'version', '--short'],
  buildx: ['buildx', 'version']
}

/** Sees to it that an engine answers and that compose v2 and buildx are there. Returns a line about them. */
export async function ensureEngine (note: Note): Promise<string> {
  if (process.platform !== 'linux') throw new Error('Berth runs on Linux. On another system use a Linux virtual machine.')
  const host = await readHost()
  const missing = await missingTools()
  if (missing.length > 0) await install(host, missing, note)
  const started = await ensureRunning(host, note)
  const version = (await run('docker', ['version', '--format', '{{.Server.Version}}'])).trim()
  const compose = (await run('docker', [...PROBES.compose])).trim()
  return `${version}, compose ${compose}${started ? ', started' : ''}`
}

/** Starts an installed engine that does not answer, and installs nothing. */
export async function ensureRunningEngine (note: Note): Promise<string> {
  return await ensureRunning(await readHost(), note) ? 'started' : 'running'
}

/** Whether there is a Docker command at all; without it nothing of Berth's can be on this machine. */
export async function hasEngine (): Promise<boolean> {
  return (await attempt('docker', [...PROBES.engine])).code === 0
}

async function missingTools (): Promise<Tool[]> {
  const found = await Promise.all(TOOLS.map(async tool => (await attempt('docker', [...PROBES[tool]])).code === 0))
  // The daemon is a package of its own on some releases: a command line alone is not an engine, unless it talks to a remote one.
  const daemon = existsSync('/usr/sbin/dockerd') || existsSync('/usr/bin/dockerd') || (await attempt('docker', ['info'])).code === 0
  return TOOLS.filter((tool, index) => found[index] !== true || (tool === 'engine' && !daemon))
}

async function install (host: Host, missing: readonly Tool[], note: Note): Promise<void> {
  const plan = planPackages(host, missing)
  if (plan === null || !host.apt) throw new Error(adviceFor(missing, 'They are installed by themselves on Debian 12 and newer and on Ubuntu only.'))
  if (!host.root) throw new Error(adviceFor(missing, 'As root, npm start would install them.'))
  if ((await attempt('dpkg', ['-s', 'docker-ce-cli'])).code === 0) {
    throw new Error(adviceFor(missing, 'With Docker\'s own packages: apt-get install docker-compose-plugin docker-buildx-plugin.'))
  }
  if (plan.extraSuite !== undefined) await addSuite(host, plan.extraSuite)
  note(`installing ${plan.packages.join(' ')}`)
  await installPackages(plan.packages)
  const still = await missingTools()
  if (still.length > 0) throw new Error(adviceFor(still, 'They are still not found after installing the packages.'))
}

/** Names the newer release beside the host's own, pinned so low that nothing comes from it unless asked for. */
async function addSuite (host: Host, suite: string): Promise<void> {
  const source = deriveSource(await readAptSources(), host.suite, suite)
  if (source === null) throw new Error(`No apt source of ${host.suite} was found from which to derive one of ${suite}.`)
  await writeUnlessEqual('/etc/apt/preferences.d/zz-berth-stable', pinning(suite))
  await writeUnlessEqual('/etc/apt/sources.list.d/zz-berth-stable.sources', source)
}

async function ensureRunning (host: Host, note: Note): Promise<boolean> {
  const info = await attempt('docker', ['version', '--format', '{{.Server.Version}}'])
  if (info.code === 0) return false
  if (/permission denied/i.test(info.stderr)) {
    throw new Error('The Docker engine\'s socket refuses this user. Run as root, or join the group: sudo usermod -aG docker "$USER", then log in again.')
  }
  if (!host.root) throw new Error(`The Docker engine does not answer. Start it (sudo systemctl start docker) and run the command again. It said: ${info.stderr.trim()}`)
  note('starting it')
  if (existsSync('/run/systemd/system')) await run('systemctl', ['start', 'docker'])
  else startDetached()

  const deadline = performance.now() + START_DEADLINE_MS
  while ((await attempt('docker', ['info'])).code !== 0) {
    if (performance.now() > deadline) {
      const log = existsSync(ENGINE_LOG) ? lastLines(await readFile(ENGINE_LOG, 'utf8'), 15) : 'see journalctl -u docker'
      throw new Error(`The Docker engine did not start within ${START_DEADLINE_MS / 1000} s:\n${log}`)
    }
    await delay(200)
  }
  return true
}

/** Without an init system the engine is a process of its own session, which outlives this one. */
function startDetached (): void {
  const log = openSync(ENGINE_LOG, 'a')
  const engine = spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] })
  // A missing binary is found by the wait that follows.
  engine.on('error', () => {})
  engine.unref()
}

async function writeUnlessEqual (path: string, text: string): Promise<void> {
  if (existsSync(path) && await readFile(path, 'utf8') === text) return
  await writeFile(path, text)
}
