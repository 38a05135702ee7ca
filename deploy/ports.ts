import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { run } from './command.ts'
import type { Settings, SettingName } from './settings.ts'

/** A port that a service of the installation will listen on. */
export interface WantedPort {
  host: string
  port: number
  setting: SettingName
  use: string
  /** The compose service that listens on it. */
  service: string
}

export type Refusal = 'taken' | 'privileged' | 'no-such-address'

export function wantedPorts (settings: Settings): WantedPort[] {
  const wanted = (service: string, host: string, setting: SettingName, use: string) =>
    ({ host, port: Number(settings[setting]), setting, use, service })
  return [
    wanted('gateway', settings.BERTH_GATEWAY_HOST, 'BERTH_GATEWAY_PORT', 'the gateway'),
    wanted('gateway', '127.0.0.1', 'BERTH_GATEWAY_ADMIN_PORT', 'the gateway\'s health and metrics'),
    wanted('provisioner', settings.BERTH_API_HOST, 'BERTH_API_PORT', 'the API'),
    wanted('postgres', '127.0.0.1', 'BERTH_POSTGRES_PORT', 'PostgreSQL'),
    wanted('redis', '127.0.0.1', 'BERTH_REDIS_PORT', 'Redis')
  ]
}

/** Throws one error that names every port which cannot be had. Ports that this installation holds itself are fine. */
export async function checkPorts (settings: Settings): Promise<string> {
  const held = await heldPorts(settings.BERTH_INSTALLATION)
  const refusals: string[] = []
  for (const wanted of wantedPorts(settings)) {
    if (held.has(`${wanted.service} ${wanted.setting}=${wanted.port}`)) continue
    const refusal = isPrivileged(wanted.port) ? 'privileged' : await tryPort(wanted.host, wanted.port)
    if (refusal !== undefined) refusals.push(explain(wanted, refusal))
  }
  if (refusals.length > 0) throw new Error(refusals.join('\n'))
  return held.size > 0 ? 'held by this installation' : 'free'
}

export function explain ({ host, port, setting, use }: WantedPort, refusal: Refusal): string {
  const where = `Port ${port} on ${host}, wanted for ${use},`
  switch (refusal) {
    case 'taken':
      return `${where} is taken (sudo ss -ltnp 'sport = :${port}' shows by what). Choose another with ${setting}, for example: ${setting}=${port + 1000 <= 65535 ? port + 1000 : port - 1000} npm start`
    case 'privileged':
      return `${where} is reserved for root, and Berth's services are not root. Choose one from 1024 with ${setting}, or allow it: sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}`
    case 'no-such-address':
      return `${where} cannot be had: this machine has no address ${host}. Correct ${setting.replace(/_PORT$/, '_HOST')}.`
    default:
      return refusal satisfies never
  }
}

/** Undefined when a listener on this address would work. */
export function tryPort (host: string, port: number): Promise<Refusal | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve('taken')
      else if (error.code === 'EACCES') resolve('privileged')
      else if (error.code === 'EADDRNOTAVAIL') resolve('no-such-address')
      else reject(error)
    })
    server.listen({ host, port, exclusive: true }, () => server.close(() => { resolve(undefined) }))
  })
}

/** Asked of the kernel: whoever runs this may be root, which may listen anywhere; the services may not. */
function isPrivileged (port: number): boolean {
  const file = '/proc/sys/net/ipv4/ip_unprivileged_port_start'
  return port < (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 1024)
}

/** `service SETTING=port` of this installation's running services. */
async function heldPorts (installation: string): Promise<Set<string>> {
  const list = await run('docker', ['ps', '--quiet', '--filter', `label=com.docker.compose.project=${installation}`])
  const ids = list.split('\n').filter(id => id !== '')
  if (ids.length === 0) return new Set()
  const format = '{{$service := index .Config.Labels "com.docker.compose.service"}}{{range .Config.Env}}{{println $service .}}{{end}}'
  const entries = await run('docker', ['inspect', '--format', format, ...ids])
  return new Set(entries.split('\n').filter(entry => /^\S+ BERTH_[A-Z_]*PORT=/.test(entry)))
}
