import { withoutEmpty } from './tenant-input.ts'

export interface ReleaseOptions {
  image: string
  port?: number
  healthPath?: string
  migrate?: string
  env?: Record<string, string>
  envFile?: Record<string, string>
  memory?: number
  cpus?: number
  pids?: number
  volume?: boolean
  strategy?: string
}

/** The body that creates a release; null when its migrate begins like a JSON array and is none of texts. */
export function newRelease (version: string, { image, port, healthPath, migrate, env, envFile, memory, cpus, pids, volume, strategy }: ReleaseOptions): object | null {
  const command = migrate === undefined ? undefined : readCommand(migrate)
  if (command === null) return null
  return withoutEmpty({
    version, image, port, healthPath, migrate: command, env: { ...envFile, ...env }, resources: withoutEmpty({ memoryBytes: memory, cpus, pids }), volume, strategy
  })
}

function readCommand (text: string): string | string[] | null {
  if (!text.trimStart().startsWith('["')) return text
  try {
    const command: unknown = JSON.parse(text)
    return Array.isArray(command) && command.every(part => typeof part === 'string') ? command : null
  } catch {
    return null
  }
}
