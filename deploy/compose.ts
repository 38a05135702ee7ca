import { spawn } from 'node:child_process'
import { attempt, lastLines, run } from './command.ts'
import type { CommandOptions } from './command.ts'
import type { Images } from './images.ts'
import { ROOT } from './installation.ts'
import type { Installation } from './installation.ts'
import { firstTenantNetwork } from './tenant-network.ts'

const START_DEADLINE_S = 180

interface ServiceState {
  Service: string
  Name: string
  State: string
  Health: string
}

/** Brings the services up and waits until every one is healthy. Throws with the last log lines of those that are not. */
export async function composeUp (installation: Installation, images: Images): Promise<string> {
  const before = await containerIds(installation)
  const options = composeOptions(installation, images)
  const up = await attempt('docker', composeCommand(installation, ['up', '--detach', '--remove-orphans', '--wait',
    '--wait-timeout', String(START_DEADLINE_S)]), options)
  if (up.code !== 0) throw new Error(await diagnosis(installation, up.stderr))
  const after = await containerIds(installation)
  const fresh = [...after].filter(id => !before.has(id)).length
  return fresh === 0 ? `${after.size} healthy, unchanged` : `${after.size} healthy`
}

/** Runs a compose command to its end. */
export async function compose (installation: Installation, args: readonly string[]): Promise<void> {
  await run('docker', composeCommand(installation, args), composeOptions(installation))
}

/** For a command that people end with Ctrl-C. Resolves to its status. */
export async function composeInteractive (installation: Installation, args: readonly string[]): Promise<number> {
  const { cwd, env } = composeOptions(installation)
  return new Promise((resolve, reject) => {
    const child = spawn('docker', composeCommand(installation, args), { cwd, env: { ...process.env, ...env }, stdio: 'inherit' })
    // The terminal sends it to both; this process has to outlive the other to report its status.
    process.on('SIGINT', () => {})
    child.on('error', reject)
    child.on('close', code => { resolve(code ?? 0) })
  })
}

function composeCommand ({ settings }: Installation, args: readonly string[]): string[] {
  // No env file: compose would expand dollar signs in it, and take deploy/.env for every installation by itself.
  return ['compose', '--env-file', '/dev/null', '--project-name', settings.BERTH_INSTALLATION, '--file', 'deploy/compose.yaml', ...args]
}

/** Only bringing services up needs to know the images. */
function composeOptions ({ settings, passedOn }: Installation, images: Images = new Map()): CommandOptions {
  return {
    cwd: ROOT,
    env: {
      ...passedOn,
      ...settings,
      BERTH_TENANT_GATEWAY: firstTenantNetwork(settings.BERTH_INSTALLATION, settings.BERTH_TENANT_SUBNET).gateway,
      BERTH_POSTGRES_IMAGE: images.get('berth-postgres') ?? '',
      BERTH_REDIS_IMAGE: images.get('berth-redis') ?? '',
      BERTH_IMAGE: images.get('berth') ?? ''
    }
  }
}

async function containerIds ({ settings }: Installation): Promise<Set<string>> {
  const list = await run('docker', ['ps', '--quiet', '--filter', `label=com.docker.compose.project=${settings.BERTH_INSTALLATION}`])
  return new Set(list.split('\n').filter(id => id !== ''))
}

async function diagnosis (installation: Installation, said: string): Promise<string> {
  const listed = await attempt('docker', composeCommand(installation, ['ps', '--all', '--format', 'json']), composeOptions(installation))
  const states = listed.stdout.split('\n').filter(line => line.startsWith('{')).map(line => JSON.parse(line) as ServiceState)
  const failing = states.filter(state => state.State !== 'running' || state.Health === 'unhealthy' || state.Health === 'starting')
  const reports = await Promise.all(failing.map(async ({ Service, Name, State, Health }) => {
    const logs = await attempt('docker', ['logs', '--tail', '20', Name])
    return `${Service} is ${Health === '' ? State : `${State}, ${Health}`}. Its last log lines:\n${indent(lastLines(logs.stdout + logs.stderr, 20))}`
  }))
  return [`docker compose said:\n${indent(lastLines(said, 5))}`, ...reports].join('\n')
}

function indent (text: string): string {
  return text.trimEnd().split('\n').map(line => `    ${line}`).join('\n')
}
