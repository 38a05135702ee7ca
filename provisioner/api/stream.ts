import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { Problem } from '../errors.ts'
import { tenantsOf } from './access.ts'
import type { ApiOptions } from './api-options.ts'
import { untilGone } from './client.ts'
import { wantsStream } from './event-stream.ts'
import { streamInstallation } from './installation-stream.ts'
import { problemAnswers } from './responses.ts'

export const stream: FastifyPluginAsyncTypebox<ApiOptions> = async (app, options) => {
  app.get('/stream', {
    config: { scope: 'read', limited: true },
    exposeHeadRoute: false,
    schema: {
      operationId: 'streamInstallation',
      summary: 'Streams what changes in the installation, for lists that stay live',
      description: 'Server-sent events: `tenant` {id, slug, status, generation, observedGeneration}, `gone` {id}, `release` {version, state}, `rollout` {id, release, state, done, total} say how one stands now; `resync` {}, which is also the first, that everything is to be read again. A token that is limited to tenants hears of those alone.',
      tags: ['usage'],
      response: { 200: { description: 'The stream', content: { 'text/event-stream': { schema: Type.String() } } }, ...problemAnswers('not_acceptable') }
    }
  }, async (request, reply: FastifyReply) => {
    if (!wantsStream(request.headers.accept)) throw new Problem('not_acceptable', 'This is a stream that does not end; ask for it with "Accept: text/event-stream".')
    reply.headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' }).type('text/event-stream; charset=utf-8')
    return reply.send(Readable.from(streamInstallation(options, tenantsOf(request), untilGone(reply, options.closing)), { objectMode: false }))
  })
}
