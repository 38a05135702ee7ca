import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { timingSafeEqual } from 'node:crypto'
import { findToken, touchToken } from '../access/token-store.ts'
import { hashSecret, INSTALLATION_TOKEN, isAlive, isSecretOf, tokenIdOf } from '../access/token.ts'
import type { Token } from '../access/token.ts'
import { Problem } from '../errors.ts'
import { requireReach, requireScope } from './access.ts'
import type { Access } from './access.ts'
import type { ApiOptions } from './api-options.ts'

const BEARER = /^bearer +([\x21-\x7e]+) *$/i
/** How old the note of a token's last use may be before it is written again. */
const TOUCH_AFTER_MS = 60_000
/** Compared with where there is no such token, so that this takes as long as a wrong secret of one that there is. */
const NOBODY = Buffer.alloc(32)

/**
 * Denies every request that its route does not let in: by `config.scope`, and for a token that is limited to tenants by the
 * tenant in the path. Bearer tokens are those of RFC 6750 §2.1.
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
    uses.note(access.token)
    if (scope === undefined) throw new Error('A route without a scope.')
    requireScope(access.token, scope)
    await requireReach(pool, request, access.token)
  })
  app.addHook('onClose', async () => { await uses.written() })
}, { name: 'authentication' })

async function authenticate (options: ApiOptions, { headers: { authorization } }: FastifyRequest): Promise<Access | null> {
  const secret = bearerOf(authorization)
  const token = secret === null ? null : await tokenOf(options, secret)
  return token === null ? null : { via: 'bearer', token }
}

export function bearerOf (authorization: string | undefined): string | null {
  return BEARER.exec(authorization ?? '')?.[1] ?? null
}

/** The token that a secret is of; null when it is of none, or of one that is revoked or has expired. */
export async function tokenOf ({ config, pool }: Pick<ApiOptions, 'config' | 'pool'>, secret: string): Promise<Token | null> {
  if (timingSafeEqual(hashSecret(secret), hashSecret(config.adminToken))) return INSTALLATION_TOKEN
  const id = tokenIdOf(secret)
  if (id === null) return null
  const found = await findToken(pool, id)
  const right = isSecretOf(found?.hash ?? NOBODY, secret)
  return found !== null && right && isAlive(found, new Date()) ? found : null
}

function unauthorized ({ headers: { authorization } }: FastifyRequest, reply: FastifyReply): Problem {
  // RFC 6750 §3.1: no error code when the request had no credentials at all.
  reply.header('www-authenticate', authorization === undefined ? 'Bearer realm="berth"' : 'Bearer realm="berth", error="invalid_token"')
  return new Problem('unauthorized', 'Send a token that is neither revoked nor expired, as "Authorization: Bearer <token>".')
}

/** When tokens were last used, written beside the requests. */
class Uses {
  readonly #options: ApiOptions
  readonly #writing = new Map<string, Promise<void>>()

  constructor (options: ApiOptions) {
    this.#options = options
  }

  note ({ id, lastUsedAt, createdAt }: Token): void {
    const known = createdAt === null || (lastUsedAt !== null && Date.now() - lastUsedAt.getTime() < TOUCH_AFTER_MS)
    if (known || this.#writing.has(id)) return
    const { pool, log } = this.#options
    this.#writing.set(id, touchToken(pool, id)
      .catch(err => { log.warn({ err }, 'the last use of a token was not noted') })
      .finally(() => { this.#writing.delete(id) }))
  }

  /** Resolves when all are. */
  async written (): Promise<void> {
    await Promise.all(this.#writing.values())
  }
}
