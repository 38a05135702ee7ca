import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { findToken, insertToken, listTokens, revokeToken, tenantIdsOf } from '../access/token-store.ts'
import { hashSecret, newSecret } from '../access/token.ts'
import { difference } from '../audit/audit-entry.ts'
import { Problem } from '../errors.ts'
import { accessOf, requireScope, requireUnlimited } from './access.ts'
import type { ApiOptions } from './api-options.ts'
import { page, readCursor } from './cursor.ts'
import { once } from './idempotency.ts'
import { answer, BODY, MUTATION, NO_CONTENT, problemAnswers } from './responses.ts'
import { DEFAULT_PAGE_LIMIT, MutationHeaders, named, pageOf } from './schemas.ts'
import { CreatedTokenBody, expiryOf, TokenBody, tokenBody, TokenInput, TokenParams, TokensQuery } from './token-schemas.ts'

const LIST = 'tokens'

export const tokens: FastifyPluginAsyncTypebox<ApiOptions> = async (app, { pool }) => {
  app.post('/tokens', {
    config: { scope: 'admin', action: 'token.create' },
    schema: {
      operationId: 'createToken',
      summary: 'Makes a token, and shows its secret, this once',
      tags: ['access'],
      headers: MutationHeaders,
      body: TokenInput,
      response: { 201: answer('Made', CreatedTokenBody), ...problemAnswers(...BODY, ...MUTATION, 'unknown_tenants') }
    }
  }, async (request, reply) => {
    const { name, scope, tenants = null } = request.body
    const { at: expiresAt, wrong } = expiryOf(request.body, new Date())
    if (wrong !== null) throw new Problem('validation_failed', `The body is not usable: /expiresAt ${wrong}.`, { invalidParams: [{ pointer: '/expiresAt', detail: wrong }] })
    const { id: madeId, secret } = newSecret()
    const { id } = await once(pool, request, async (tx, note) => {
      const token = await insertToken(tx, {
        id: madeId,
        name,
        hash: hashSecret(secret),
        scope,
        tenants: tenants === null ? null : await tenantIdsOf(tx, tenants),
        createdBy: accessOf(request).token.id,
        expiresAt
      })
      Object.assign(note, { target: { kind: 'token', id: token.id, name }, after: tokenBody(token), status: 201 })
      return { id: token.id }
    })
    const made = await findToken(pool, id)
    if (made === null) throw new Error('A token that was just made is not there.')
    reply.header('cache-control', 'no-store')
    return reply.code(201).send({ ...tokenBody(made), secret: id === madeId ? secret : null })
  })

  app.get('/tokens', {
    config: { scope: 'admin' },
    schema: {
      operationId: 'listTokens',
      summary: 'Lists tokens, newest first; not the installation\'s own',
      tags: ['access'],
      querystring: TokensQuery,
      response: { 200: answer('A page', pageOf(named(TokenBody))), ...problemAnswers('invalid_cursor', 'validation_failed') }
    }
  }, async request => {
    const { limit = DEFAULT_PAGE_LIMIT, cursor, revoked } = request.query
    const { items, next } = await listTokens(pool, readCursor(LIST, cursor), limit, revoked)
    return page(LIST, items.map(tokenBody), next)
  })

  app.delete('/tokens/:token', {
    // Whoever has a token may end it.
    config: { scope: 'read', action: 'token.revoke', limited: true },
    schema: {
      operationId: 'revokeToken',
      summary: 'Ends a token, and the sessions that were begun with it; it stays in the list',
      description: 'Needs the scope admin, but for the token of the request itself.',
      tags: ['access'],
      headers: MutationHeaders,
      params: TokenParams,
      response: { 204: NO_CONTENT, ...problemAnswers(...MUTATION, 'token_not_found') }
    }
  }, async (request, reply) => {
    const { token } = accessOf(request)
    if (request.params.token !== token.id) {
      requireScope(token, 'admin')
      requireUnlimited(token)
    }
    await once(pool, request, async (tx, note) => {
      const { before, after } = await revokeToken(tx, request.params.token)
      Object.assign(note, { target: { kind: 'token', id: after.id, name: after.name }, ...difference(tokenBody(before), tokenBody(after)), status: 204 })
      return { id: after.id }
    })
    return reply.code(204).send()
  })
}
