import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { timingSafeEqual } from 'node:crypto'
import { findSession, rotateSession, touchSession } from '../access/session-store.ts'
import { findToken, touchToken } from '../access/token-store.ts'
import { hashSecret, INSTALLATION_TOKEN, isAlive, isSecretOf, tokenIdOf } from '../access/token.ts'
import type { Token } from '../access/token.ts'
import { Problem } from '../errors.ts'
import { requireReach, requireScope } from './access.ts'
import type { Access } from './access.ts'
import type { ApiOptions } from './api-options.ts'
import type { AuditNote } from './audit-trail.ts'
import { isSafe } from './route-table.ts'
import { cookieHashOf, csrfTokenOf, newCookieValue, requireOwnPage, setCookie } from './session-cookie.ts'

const BEARER = /^bearer +([\x21-\x7e]+) *$/i
/** How old the note of a token's last use may be before it is written again. */
const TOUCH_AFTER_MS = 60_000
/** Compared with where there is no such token, so that this takes as long as a wrong secret of one that there is. */
const NOBODY = Buffer.alloc(32)

/**
 * Denies every request that its route does not let in: by `config.scope`, and for a token that is limited to tenants by the
 * tenant in the path. Bearer tokens are those of RFC 6750 §2.1. A request without one may come by the cookie of a session; when it asks for a change, it must
 * come from a page of our own.
 */
export const authentication = fp<ApiOptions>(async (app, options) => {
  const { pool } = options
  const uses = new Uses(options)
  app.decorateRequest('access', null)
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return
    const { scope } = request.routeOptions.config
    if (scope === 'public') return
    const access = await authenticate(options, request)
    if (access === null) throw unauthorized(request, reply)
    request.access = access
    uses.note(access)
    if (access.session !== null && !isSafe(request.method)) requireOwnPage(request, csrfTokenOf(options.config.masterKey, access.session.id))
    if (scope === undefined) throw new Error('A route without a scope.')
    requireScope(access.token, scope)
    await requireReach(pool, request, access.token)
  })
  // Before the head of an answer; not of one that is written by hand, which would not have the cookie.
  app.addHook('onSend', async (request, reply) => {
    const session = request.access?.session
    if (session?.stale !== true || reply.hasHeader('set-cookie')) return
    const [hash, value] = [cookieHashOf(request.headers.cookie), newCookieValue()]
    const rotated = hash !== null && await rotateSession(pool, session.id, hash, hashSecret(value)).catch(err => { request.log.warn({ err }, 'a session kept its cookie') })
    if (rotated === true) reply.header('set-cookie', setCookie(value, request))
  })
  app.addHook('onClose', async () => { await uses.written() })
}, { name: 'authentication' })

async function authenticate (options: ApiOptions, { headers: { authorization, cookie }, audit }: FastifyRequest): Promise<Access | null> {
  if (authorization === undefined) {
    const hash = cookieHashOf(cookie)
    const session = hash === null ? null : await findSession(options.pool, hash, hashSecret(options.config.adminToken))
    return session === null ? null : { via: 'session', token: session.token, session }
  }
  const secret = bearerOf(authorization)
  const token = secret === null ? null : await tokenOf(options, secret, audit)
  return token === null ? null : { via: 'bearer', token, session: null }
}

export function bearerOf (authorization: string | undefined): string | null {
  return BEARER.exec(authorization ?? '')?.[1] ?? null
}

/** The token that a secret is of; null when it is of none, or of one that is revoked or has expired, which is noted. */
export async function tokenOf ({ config, pool }: Pick<ApiOptions, 'config' | 'pool'>, secret: string, note: Pick<AuditNote, 'presented'>): Promise<Token | null> {
  if (timingSafeEqual(hashSecret(secret), hashSecret(config.adminToken))) return INSTALLATION_TOKEN
  const id = tokenIdOf(secret)
  if (id === null) return null
  const found = await findToken(pool, id)
  const right = isSecretOf(found?.hash ?? NOBODY, secret)
  if (found === null || !right) return null
  if (isAlive(found, new Date())) return found
  note.presented = found
  return null
}

function unauthorized ({ headers: { authorization } }: FastifyRequest, reply: FastifyReply): Problem {
  // RFC 6750 §3.1: no error code when the request had no credentials at all.
  reply.header('www-authenticate', authorization === undefined ? 'Bearer realm="berth"' : 'Bearer realm="berth", error="invalid_token"')
  return new Problem('unauthorized', 'Send a token that is neither revoked nor expired, as "Authorization: Bearer <token>".')
}

/** When tokens and sessions were last used, written beside the requests. */
class Uses {
  readonly #options: ApiOptions
  readonly #writing = new Map<string, Promise<void>>()

  constructor (options: ApiOptions) {
    this.#options = options
  }

  note ({ token: { id, lastUsedAt, createdAt }, session }: Access): void {
    const { pool } = this.#options
    const known = createdAt === null || (lastUsedAt !== null && Date.now() - lastUsedAt.getTime() < TOUCH_AFTER_MS)
    if (!known) this.#write(id, async () => { await touchToken(pool, id) })
    if (session?.seen === false) this.#write(session.id, async () => { await touchSession(pool, session.id) })
  }

  #write (id: string, write: () => Promise<void>): void {
    if (this.#writing.has(id)) return
    this.#writing.set(id, write()
      .catch(err => { this.#options.log.warn({ err }, 'the last use of a token was not noted') })
      .finally(() => { this.#writing.delete(id) }))
  }

  /** Resolves when all are. */
  async written (): Promise<void> {
    await Promise.all(this.#writing.values())
  }
}
