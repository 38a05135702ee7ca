import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { request } from './http.ts'
import { freePort } from './ports.ts'
import type { Teardown } from './teardown.ts'
import { waitFor } from './wait-for.ts'

export interface GatewayProcess {
  readonly port: number
  readonly adminPort: number
  readonly pid: number
  /** Everything it has written so far, its log among it. */
  output: () => string
  /** The log's lines, parsed. */
  log: () => Array<Record<string, unknown>>
  /** Resolves with the exit code when it has ended, by itself or otherwise. */
  ended: () => Promise<number | null>
  signal: (name: NodeJS.Signals) => void
  /** SIGTERM, and resolves with the exit code when it has ended. */
  stop: () => Promise<number | null>
  /** SIGKILL, and resolves when it has ended. */
  kill: () => Promise<void>
  /** Resolves when /readyz answers 200. */
  ready: () => Promise<void>
}

export interface GatewayOptions {
  redis: { host: string, port: number, password: string }
  /** The same port again for a gateway that takes another's place. */
  port?: number
  env?: Readonly<Record<string, string>>
}

const MAIN = fileURLToPath(new URL('../../gateway/main.ts', import.meta.url))

/** A gateway in a process of its own, as it is run; resolves once it is ready. */
export async function startGateway (t: Teardown, { redis, port, env = {} }: GatewayOptions): Promise<GatewayProcess> {
  const gateway = await spawnGateway(t, { redis, env, ...(port === undefined ? {} : { port }) })
  await gateway.ready()
  return gateway
}

/** The same without waiting for it to be ready. */
export async function spawnGateway (t: Teardown, { redis, port, env = {} }: GatewayOptions): Promise<GatewayProcess> {
  const publicPort = port ?? await freePort()
  const adminPort = await freePort()
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      BERTH_GATEWAY_HOST: '127.0.0.1',
      BERTH_GATEWAY_PORT: String(publicPort),
      BERTH_GATEWAY_ADMIN_PORT: String(adminPort),
      BERTH_REDIS_HOST: redis.host,
      BERTH_REDIS_PORT: String(redis.port),
      BERTH_REDIS_PASSWORD: redis.password,
      ...env
    }
  })
  const end = ended(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += String(chunk) })
  t.teardown(async () => {
    child.kill('SIGKILL')
    await end
  })
  return {
    port: publicPort,
    adminPort,
    pid: child.pid as number,
    output: () => output,
    log: () => output.split('\n').filter(line => line.startsWith('{')).map(line => JSON.parse(line) as Record<string, unknown>),
    ended: async () => await end,
    signal: name => { child.kill(name) },
    stop: async () => {
      child.kill('SIGTERM')
      return await end
    },
    kill: async () => {
      child.kill('SIGKILL')
      await end
    },
    ready: async () => {
      try {
        await waitFor('the gateway to be ready', async () => {
          if (child.exitCode !== null) return true
          return (await request({ port: adminPort, path: '/readyz' })).status === 200
        })
      } catch (cause) {
        throw new Error(`The gateway did not get ready:\n${output}`, { cause })
      }
      if (child.exitCode !== null) throw new Error(`The gateway ended with ${child.exitCode}:\n${output}`)
    }
  }
}

async function ended (child: ChildProcess): Promise<number | null> {
  // Not `exit`: what it has written last may come after that.
  const [code] = await once(child, 'close')
  return code as number | null
}
