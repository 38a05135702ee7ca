import type { FastifyInstance } from 'fastify'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { openApi } from '../../../provisioner/api/app.ts'
import { openAuditOwner } from '../../../provisioner/audit/audit-owner.ts'
import type { AuditOwner } from '../../../provisioner/audit/audit-owner.ts'
import { readConfig } from '../../../provisioner/config.ts'
import type { Config } from '../../../provisioner/config.ts'
import { migrateControlDatabase } from '../../../provisioner/database/migrate-control-database.ts'
import { openPool } from '../../../provisioner/database/pool.ts'
import type { Pool } from '../../../provisioner/database/pool.ts'
import { Presence } from '../../../provisioner/queue/presence.ts'
import { recordVerdict } from '../../../provisioner/releases/proof-store.ts'
import type { Verdict } from '../../../provisioner/releases/proof-store.ts'
import { findRelease } from '../../../provisioner/tenants/release-store.ts'
import { openDatabaseReadings } from '../../../provisioner/resources/database-readings.ts'
import { openEngine } from '../../../provisioner/resources/engine.ts'
import { openPublishedRoutes } from '../../../provisioner/resources/published-routes.ts'
import { registerDatabaseServer } from '../../../provisioner/tenants/database-server-store.ts'
import { request } from '../../world/http.ts'
import type { Response } from '../../world/http.ts'
import { claimInstallation } from '../../world/network.ts'
import { freePort } from '../../world/ports.ts'
import { startPostgres } from '../../world/postgres.ts'
import type { PostgresService } from '../../world/postgres.ts'
import { startRedis } from '../../world/redis.ts'
import type { RedisService } from '../../world/redis.ts'
import type { Teardown } from '../../world/teardown.ts'
import { openAnswerCheck } from './answer-check.ts'
import type { Document } from './answer-check.ts'

export interface CallOptions {
  body?: unknown
  headers?: Record<string, string>
}

export interface Stream {
  status: number
  headers: IncomingHttpHeaders
  /** What came so far. */
  text: () => string
  /** Resolves when the server ended it, and with false when it broke off. */
  ended: Promise<boolean>
  /** The client leaves. */
  leave: () => void
}

export interface ApiWorld {
  app: FastifyInstance
  config: Config
  pool: Pool
  presence: Presence
  auditOwner: AuditOwner
  postgres: PostgresService
  redis: RedisService
  /** Every line of the log so far. */
  logged: () => string
  /** One request as it is given, as nobody. Throws, as the others do, when its answer is not as the OpenAPI document says. */
  ask: (method: string, path: string, options?: CallOptions) => Promise<Response>
  /** One request with the installation's token. */
  call: (method: string, path: string, options?: CallOptions) => Promise<Response>
  /** Makes a release, and says of it what its proof would: it is usable. */
  release: (version: string, more?: object) => Promise<Response>
  /** A request whose answer comes bit by bit. */
  stream: (path: string, headers?: Record<string, string | undefined>) => Promise<Stream>
  /** Makes a tenant, which must succeed, and returns its id. */
  tenant: (slug: string, more?: object) => Promise<string>
  /** Says of a tenant what a pass of the reconciler would: it is as wanted, or gone. */
  settle: (id: string) => Promise<void>
  forget: (id: string) => Promise<void>
}

const NOTHING_COLLECTED = { records: 0, duplicates: 0, unreadable: 0, steps: 0, failures: 0 }
const NOTHING_SENT = { delivered: 0, retried: 0, failed: 0 }

/** The API over a control database of its own, with a release "1.0", and nobody who works on tenants. */
export async function startApi (t: Teardown, installation: string, env: NodeJS.ProcessEnv = {}): Promise<ApiWorld> {
  await claimInstallation(t, installation)
  const tenantSubnet = '10.213.64.0/20'
  const [postgres, redis] = await Promise.all([startPostgres(t, { installation, tenantSubnet }), startRedis(t, { installation })])
  const config = readConfig({
    BERTH_INSTALLATION: installation,
    BERTH_BASE_DOMAIN: 'berth.test',
    BERTH_PUBLIC_URL: 'http://berth.test:8080',
    BERTH_API_PORT: String(await freePort()),
    BERTH_ADMIN_TOKEN: randomBytes(16).toString('hex'),
    BERTH_MASTER_KEY: randomBytes(32).toString('hex'),
    BERTH_TENANT_SUBNET: tenantSubnet,
    BERTH_POSTGRES_PORT: String(postgres.port),
    BERTH_DATABASE_ADMIN_PASSWORD: postgres.adminPassword,
    BERTH_CONTROL_DATABASE_PASSWORD: postgres.controlPassword,
    BERTH_REDIS_PORT: String(redis.port),
    BERTH_REDIS_PASSWORD: redis.password,
    ...env
  })
  let lines = ''
  const log = pino({ level: 'debug' }, new Writable({ write (chunk, _encoding, done) { lines += String(chunk); done() } }))

  const pool = openPool(config.controlDatabase, 10, log)
  t.teardown(() => pool.end())
  await migrateControlDatabase(pool, log)
  const auditOwner = openAuditOwner(config, log)
  t.teardown(() => auditOwner.close())
  await auditOwner.establish()
  await registerDatabaseServer(pool, config.databaseServer)
  const presence = new Presence(config.controlDatabase, log)
  await presence.open()
  t.teardown(() => presence.close())
  const routes = openPublishedRoutes(config.redis, log)
  t.teardown(() => { routes.close() })
  const readings = openDatabaseReadings(config.databaseServer, installation, log)
  t.teardown(() => readings.close())
  const app = await openApi({ config, pool, presence, engine: openEngine(config.dockerSocket, installation), routes, readings, totals: { usage: () => NOTHING_COLLECTED, webhooks: () => NOTHING_SENT }, log })
  t.teardown(() => app.close())

  const check = openAnswerCheck(app.swagger() as unknown as Document)
  const ask: ApiWorld['ask'] = async (method, path, { body, headers } = {}) => {
    const answer = await request({ port: config.api.port, method, path, body, headers: headers ?? {} })
    check(method, path, answer)
    return answer
  }
  const call: ApiWorld['call'] = async (method, path, { body, headers } = {}) => await ask(method, path, { body, headers: { authorization: `Bearer ${config.adminToken}`, ...headers } })
  const expectStatus = async (status: number, made: Promise<Response>): Promise<Response> => {
    const answer = await made
    if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`)
    return answer
  }
  const release: ApiWorld['release'] = async (version, more = {}) => {
    const answer = await expectStatus(202, call('POST', '/v1/releases', { body: { version, image: 'berth-base', ...more } }))
    await prove(pool, version)
    return answer
  }
  await release('1.0')
  return {
    app,
    config,
    pool,
    presence,
    auditOwner,
    postgres,
    redis,
    logged: () => lines,
    ask,
    call,
    release,
    stream: async (path, headers) => {
      const stream = await openStream(t, config.api.port, path, { authorization: `Bearer ${config.adminToken}`, ...headers })
      check('GET', path, { status: stream.status, headers: stream.headers })
      return stream
    },
    tenant: async (slug, more = {}) => (await expectStatus(202, call('POST', '/v1/tenants', { body: { slug, ...more } }))).json<{ id: string }>().id,
    settle: async id => {
      await pool.query('UPDATE tenants SET observed_generation = generation, ready_at = now() WHERE id = $1', [id])
      await pool.query("SELECT pg_notify('berth_settled', $1)", [id])
    },
    forget: async id => {
      await pool.query('DELETE FROM tenants WHERE id = $1', [id])
      await pool.query("SELECT pg_notify('berth_settled', $1)", [id])
    }
  }
}

/** What the end of a proof writes, without the proof. */
export async function prove (pool: Pool, version: string, verdict: Verdict = USABLE): Promise<void> {
  const release = await findRelease(pool, version)
  if (release === null) throw new Error(`There is no release ${version}.`)
  await recordVerdict(pool, release, 0, verdict)
}

const USABLE: Verdict = { state: 'usable', pinned: 'sha256:0', template: false, migratesFrom: null, migrates: null, contains: [], coveredBy: null }

async function openStream (t: Teardown, port: number, path: string, headers: Record<string, string | undefined>): Promise<Stream> {
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined))
  const outgoing = get({ host: '127.0.0.1', port, path, headers: sent, agent: false })
  t.teardown(() => outgoing.destroy())
  const [incoming] = await once(outgoing, 'response') as [IncomingMessage]
  outgoing.on('error', () => {})
  let text = ''
  incoming.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('error', () => {})
  const ended = new Promise<boolean>(resolve => incoming.on('close', () => { resolve(incoming.complete) }))
  return { status: incoming.statusCode as number, headers: incoming.headers, text: () => text, ended, leave: () => { outgoing.destroy() } }
}
