import { createHash, timingSafeEqual } from 'node:crypto'
import fp from 'fastify-plugin'
import { Problem } from '../errors.ts'
import type { ApiOptions } from './api-options.ts'

const BEARER = /^bearer +([\x21-\x7e]+) *$/i

/** Refuses every request in its scope that does not carry the installation's token (RFC 6750 §2.1). */
export const authentication = fp<ApiOptions>(async (app, { config }) => {
  const isToken = tokenCheck(config.adminToken)
  app.addHook('onRequest', async (request, reply) => {
    const { authorization } = request.headers
    if (isToken(authorization)) return
    // RFC 6750 §3.1: no error code when the request had no credentials at all.
    reply.header('www-authenticate', authorization === undefined ? 'Bearer realm="berth"' : 'Bearer realm="berth", error="invalid_token"')
    throw new Problem('unauthorized', 'Send the token of the installation as "Authorization: Bearer <token>".')
  })
}, { name: 'authentication' })

/** Returns whether an Authorization header carries the token, in a time that does not depend on how much of it is right. */
export function tokenCheck (token: string): (header: string | undefined) => boolean {
  const expected = digest(token)
  return header => timingSafeEqual(digest(BEARER.exec(header ?? '')?.[1] ?? ''), expected)
}

function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
