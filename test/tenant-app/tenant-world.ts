import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import pg from 'pg'
import { request } from '../world/http.ts'
import type { RequestOptions, Response } from '../world/http.ts'
import { claimInstallation } from '../world/network.ts'
import { freePort } from '../world/ports.ts'
import { startPostgres } from '../world/postgres.ts'
import type { PostgresService } from '../world/postgres.ts'
import type { Teardown } from '../world/teardown.ts'
import { waitFor } from '../world/wait-for.ts'

const folder = join(import.meta.dirname, '../../tenant-app')

export interface TenantWorld {
  postgres: PostgresService
  databaseUrl: string
  /** Runs one statement as the tenant's own role. */
  sql: (text: string, values?: unknown[]) => Promise<pg.QueryResult>
}

/** A PostgreSQL with one tenant's role and database, made as the provisioner makes them. */
export async function startTenantWorld (t: Teardown, installation: string): Promise<TenantWorld> {
  await claimInstallation(t, installation)
  // The tests come from loopback, so that is the tenants' network here: the server treats them as it treats tenants.
  const postgres = await startPostgres(t, { installation, tenantSubnet: '127.0.0.0/8' })
  const name = 'tn_test00000000'
  const password = randomBytes(12).toString('hex')
  await postgres.admin(`CREATE ROLE ${name} LOGIN PASSWORD '${password}' CONNECTION LIMIT 20 IN ROLE berth_tenants`)
  await postgres.admin(`CREATE DATABASE ${name} OWNER ${name}`)
  await postgres.admin(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
  const databaseUrl = `postgres://${name}:${password}@${postgres.host}:${postgres.port}/${name}`
  const sql: TenantWorld['sql'] = async (text, values) => {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    try {
      return await client.query(text, values)
    } finally {
      await client.end()
    }
  }
  return { postgres, databaseUrl, sql }
}

export interface Exit {
  code: number | null
  output: string
}

/** Runs one of the application's two programs to its end, with nothing but `env` in its environment. */
export async function run (program: 'main.ts' | 'migrate.ts', env: Record<string, string>): Promise<Exit> {
  const child = start(program, env)
  const output = collect(child)
  const [code] = await once(child, 'close') as [number | null]
  return { code, output: output() }
}

export interface TenantApp {
  port: number
  send: (options: Omit<RequestOptions, 'port'>) => Promise<Response>
  output: () => string
  /** Sends SIGTERM and resolves with how the process ended. */
  stop: () => Promise<{ code: number | null, signal: NodeJS.Signals | null }>
}

/** An instance of the application as a process of its own, answering. */
export async function startTenantApp (t: Teardown, { databaseUrl }: Pick<TenantWorld, 'databaseUrl'>): Promise<TenantApp> {
  const port = await freePort()
  const child = start('main.ts', { PORT: String(port), DATABASE_URL: databaseUrl, TENANT_ID: 'tn_test00000000' })
  const output = collect(child)
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  t.teardown(async () => {
    child.kill('SIGTERM')
    await closed
  })
  await waitFor('the application to listen', () => request({ port, path: '/assets/icon.svg' }))
  return {
    port,
    send: (options) => request({ port, ...options }),
    output,
    stop: async () => {
      child.kill('SIGTERM')
      const [code, signal] = await closed
      return { code, signal }
    }
  }
}

/** World, migrated database and one running instance. */
export async function startMigratedApp (t: Teardown, installation: string): Promise<{ world: TenantWorld, app: TenantApp }> {
  const world = await startTenantWorld(t, installation)
  const { code, output } = await run('migrate.ts', { DATABASE_URL: world.databaseUrl })
  if (code !== 0) throw new Error(`migrate.ts ended with ${code}: ${output}`)
  return { world, app: await startTenantApp(t, world) }
}

function start (program: string, env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [join(folder, program)], { cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'] })
}

function collect (child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => { text += chunk })
  return () => text
}
