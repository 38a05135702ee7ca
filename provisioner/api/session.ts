import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { beginSession, endSession, findSession, forgetEndedSessions } from '../access/session-store.ts'
import { SignInAttempts } from '../access/sign-in-attempts.ts'
import { hashSecret } from '../access/token.ts'
import { Problem } from '../errors.ts'
import pack from '../../package.json' with { type: 'json' }
import { accessOf } from './access.ts'
import type { Access } from './access.ts'
import type { ApiOptions } from './api-options.ts'
import { audited } from './audit-trail.ts'
import { tokenOf } from './authentication.ts'
import { answer, BODY, NO_CONTENT, problemAnswers } from './responses.ts'
import { named, nullable } from './schemas.ts'
import { cookieHashOf, csrfTokenOf, newCookieValue, requireSameOrigin, setCookie } from './session-cookie.ts'
import { TokenBody, tokenBody } from './token-schemas.ts'

const FORGET_EVERY_MS = 3_600_000

const SignInInput = Type.Object({ token: Type.String({ minLength: 1, maxLength: 512, description: 'the secret of a token' }) }, {
  additionalProperties: false, examples: [{ token: 'bth_7h3k9d0a2m5x_0000000000000000000000000000000000000000' }]
})

const WHOAMI = {
  token: named(TokenBody),
  via: Type.Enum(['bearer', 'session']),
  session: nullable(Type.Object({ expiresAt: Type.String({ format: 'date-time', description: 'when it ends if it is not used again' }) })),
  installation: Type.String(),
  version: Type.String({ description: 'of Berth' }),
  baseDomain: Type.String(),
  publicUrl: Type.String({ format: 'uri' })
}
const Whoami = Type.Object(WHOAMI)
const SessionBody = Type.Object({ ...WHOAMI, csrfToken: Type.String({ description: 'goes with every change that is asked for by the cookie, as "X-CSRF-Token"' }) })
const SET_COOKIE = { 'set-cookie': { type: 'string', description: 'berth_session: HttpOnly, SameSite=Strict, and Secure behind TLS' } }

export const session: FastifyPluginAsyncTypebox<ApiOptions> = async (app, options) => {
  const { config, pool } = options
  const installation = hashSecret(config.adminToken)
  const attempts = new SignInAttempts()
  const whoami = ({ token, via, session }: Access) => ({
    token: tokenBody(token),
    via,
    session: session === null ? null : { expiresAt: session.expiresAt.toISOString() },
    installation: config.installation,
    version: pack.version,
    baseDomain: config.baseDomain,
    publicUrl: config.publicUrl.href
  })
  const timer = setInterval(() => {
    forgetEndedSessions(pool, installation).catch(err => { app.log.warn({ err }, 'ended sessions were not forgotten') })
  }, FORGET_EVERY_MS).unref()
  app.addHook('onClose', async () => { clearInterval(timer) })

  app.get('/whoami', {
    config: { scope: 'read', limited: true },
    schema: {
      operationId: 'whoAmI',
      summary: 'Says as whom a request came, and to which installation',
      tags: ['access'],
      response: { 200: answer('Who', Whoami), ...problemAnswers() }
    }
  }, async request => whoami(accessOf(request)))

  app.post('/session', {
    config: { scope: 'public', action: 'session.begin' },
    schema: {
      operationId: 'signIn',
      summary: 'Signs a browser in with a token: from then on its cookie is enough',
      description: 'The cookie is replaced every 15 minutes. The session ends after 2 hours without a request, after 12 hours, or with its token. After 10 failures within 5 minutes an address has to wait.',
      tags: ['access'],
      security: [],
      body: SignInInput,
      response: { 200: { ...answer('Signed in', SessionBody), headers: SET_COOKIE }, ...problemAnswers(...BODY, 'csrf_failed', 'too_many_attempts') }
    }
  }, async (request, reply) => {
    requireSameOrigin(request)
    const waitMs = attempts.waitMs(request.ip, Date.now())
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000)
      reply.header('retry-after', seconds)
      throw new Problem('too_many_attempts', `Signing in failed too often from your address; try again in ${seconds} seconds.`)
    }
    const token = await tokenOf(options, request.body.token, request.audit)
    if (token === null) {
      attempts.failed(request.ip, Date.now())
      throw new Problem('unauthorized', 'This is no token, or one that is revoked or has expired.')
    }
    const value = newCookieValue()
    const hash = hashSecret(value)
    await audited(pool, request, async (tx, note) => {
      await endCookie(request, tx)
      const id = await beginSession(tx, token, hash, installation)
      request.access = { via: 'bearer', token, session: null }
      note.target = { kind: 'session', id, name: token.name }
    })
    const begun = await findSession(pool, hash, installation)
    // Its token was revoked in this moment.
    if (begun === null) throw new Problem('unauthorized', 'The token was revoked.')
    request.access = { via: 'session', token, session: begun }
    reply.headers({ 'set-cookie': setCookie(value, request), 'cache-control': 'no-store' })
    return { ...whoami(request.access), csrfToken: csrfTokenOf(config.masterKey, begun.id) }
  })

  app.get('/session', {
    config: { scope: 'read', limited: true },
    schema: {
      operationId: 'getSession',
      summary: 'Says who is signed in, and what goes with its changes',
      tags: ['access'],
      response: { 200: answer('Who', SessionBody), ...problemAnswers() }
    }
  }, async (request, reply) => {
    const access = accessOf(request)
    if (access.session === null) throw new Problem('unauthorized', 'Nobody is signed in: this request came with a bearer token.')
    reply.header('cache-control', 'no-store')
    return { ...whoami(access), csrfToken: csrfTokenOf(config.masterKey, access.session.id) }
  })

  app.delete('/session', {
    config: { scope: 'read', action: 'session.end', limited: true },
    schema: {
      operationId: 'signOut',
      summary: 'Ends the session of the cookie, and takes the cookie away',
      tags: ['access'],
      response: { 204: NO_CONTENT, ...problemAnswers('csrf_failed') }
    }
  }, async (request, reply) => {
    const { session } = accessOf(request)
    if (session !== null) {
      await audited(pool, request, async (tx, note) => {
        await endSession(tx, session.id)
        Object.assign(note, { target: { kind: 'session', id: session.id, name: session.token.name }, status: 204 })
      })
    }
    return reply.header('set-cookie', setCookie(null, request)).code(204).send()
  })

  /** Whoever signs in again leaves the session before. */
  async function endCookie ({ headers }: Pick<FastifyRequest, 'headers'>, tx: Parameters<typeof endSession>[0]): Promise<void> {
    const hash = cookieHashOf(headers.cookie)
    const before = hash === null ? null : await findSession(tx, hash, installation)
    if (before !== null) await endSession(tx, before.id)
  }
}
