import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Token } from '../access/token.ts'
import { appendEntry } from '../audit/audit-store.ts'
import { AnonymousEntries } from '../audit/anonymous-entries.ts'
import type { AuditTarget, NewAuditEntry } from '../audit/audit-entry.ts'
import { inTransaction } from '../database/pool.ts'
import type { Pool, PoolClient } from '../database/pool.ts'
import { isTenantId } from '../tenants/names.ts'
import type { ApiOptions } from './api-options.ts'
import { isSafe } from './route-table.ts'

/** What the audit log is to say of a change, beside who asked for it. Filled in by whoever makes the change; secrets are masked already. */
export interface AuditNote {
  target: AuditTarget | null
  tenantId: string | null
  before: object | null
  after: object | null
  /** Of the answer, as far as it is known when the change is made. */
  status: number
  /** A repeat changes nothing. */
  repeat: boolean
  /** Of the client. A connection that broke off has none any more, so it is asked for at once. */
  address: string
  /** The token that was sent, although it is revoked or has expired. */
  presented: Token | null
  /** Whether the log has it. */
  recorded: boolean
}

declare module 'fastify' {
  interface FastifyRequest { audit: AuditNote }
}

type Audited = Pick<FastifyRequest, 'method' | 'url' | 'id' | 'params' | 'routeOptions' | 'access' | 'audit'>

const MAX_PATH = 1024
const NOTHING = { before: null, after: null, status: 200, repeat: false } as const

/**
 * Every request for a change leaves an entry in the audit log, but for repeats by Idempotency-Key, which are answered with what the first came to. What took effect is recorded in the transaction that made it so, by
 * `audited`: no crash comes between the two, and where the log cannot be written nothing is changed. What was refused or failed
 * is recorded before its answer leaves; when the control database is away, such an entry is lost, and the log of the process says so.
 */
export const auditTrail = fp<ApiOptions>(async (app, { pool }) => {
  const anonymous = new AnonymousEntries()
  app.decorateRequest('audit')
  app.addHook('onRequest', async request => {
    request.audit = { ...NOTHING, target: null, tenantId: null, presented: null, address: request.ip, recorded: false }
  })
  app.addHook('onSend', async (request, reply) => {
    const { statusCode } = reply
    if (isSafe(request.method) || request.routeOptions.config?.action === undefined || request.audit.recorded) return
    // A repeat that finds its outcome asked for nothing new: the entry of the first stands for both.
    if (request.audit.repeat && statusCode < 300) return
    const entry = entryOf(request, statusCode, statusCode < 300)
    const { write, missed } = entry.actor.kind === 'anonymous' ? anonymous.take(Date.now()) : { write: true, missed: 0 }
    if (missed > 0) await append({ ...entry, ...OMITTED, after: { entries: missed } })
    const written = write ? append(entry) : undefined
    // Who hears that the database is away need not wait until it is back.
    if (statusCode < 500) await written
  })

  async function append (entry: NewAuditEntry): Promise<void> {
    await appendEntry(pool, entry).catch(err => { app.log.error({ err, reqId: entry.requestId, action: entry.action, actor: entry.actor }, 'an audit entry was lost') })
  }
}, { name: 'audit-trail' })

const OMITTED = { actor: { kind: 'system', tokenId: null, name: 'berth' }, action: 'audit.omit', status: 200, target: null, tenantId: null, before: null } as const

/** Runs a change in a transaction that ends with its entry in the audit log. `work` fills in the note. */
export async function audited<T> (pool: Pool, request: Audited, work: (tx: PoolClient, note: AuditNote) => Promise<T>): Promise<T> {
  const { audit } = request
  const result = await inTransaction(pool, async tx => {
    // Of an attempt that PostgreSQL ended nothing is left.
    Object.assign(audit, NOTHING)
    const result = await work(tx, audit)
    if (!audit.repeat) await appendEntry(tx, entryOf(request, audit.status, true))
    return result
  })
  audit.recorded = !audit.repeat
  return result
}

/** An entry about a request. Only what took effect has states before and after. */
export function entryOf ({ method, url, id, params, routeOptions, access, audit }: Audited, status: number, effective: boolean): NewAuditEntry {
  const target = audit.target ?? targetIn(params)
  return {
    actor: actorOf(access, audit),
    action: routeOptions.config.action ?? 'unknown',
    method,
    path: (url.split('?', 1)[0] as string).slice(0, MAX_PATH),
    status,
    target,
    tenantId: audit.tenantId ?? (target?.kind === 'tenant' && isTenantId(target.id) ? target.id : null),
    address: audit.address,
    requestId: id,
    before: effective ? audit.before : null,
    after: effective ? audit.after : null
  }
}

function actorOf (access: Audited['access'], { presented }: AuditNote): NewAuditEntry['actor'] {
  if (access === null && presented !== null) return { kind: 'token', tokenId: presented.id, name: presented.name }
  if (access === null) return { kind: 'anonymous', tokenId: null, name: 'anonymous' }
  const { via, token } = access
  const own = token.createdAt === null
  return { kind: via === 'session' ? 'session' : own ? 'installation' : 'token', tokenId: own ? null : token.id, name: token.name }
}

/** What a path names, when nothing else is known: the parameter after its collection, such as `/tenants/:tenant`. */
function targetIn (params: unknown): AuditTarget | null {
  const [first] = Object.entries(params as Record<string, string>)
  return first === undefined ? null : { kind: first[0] === 'version' ? 'release' : first[0], id: first[1].slice(0, MAX_PATH).toWellFormed().replaceAll('\0', '\ufffd'), name: null }
}
