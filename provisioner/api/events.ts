import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { eventsBefore } from '../tenants/event-store.ts'
import { findTenant, tenantNotFound } from '../tenants/tenant-store.ts'
import type { ApiOptions } from './api-options.ts'
import { untilGone } from './client.ts'
import { page, readCursor } from './cursor.ts'
import { streamEvents, wantsStream } from './event-stream.ts'
import { eventBody } from './representation.ts'
import { problemAnswers } from './responses.ts'
import { DEFAULT_PAGE_LIMIT, EventBody, named, PAGE_QUERY, pageOf, TenantParams } from './schemas.ts'

const EventsQuery = Type.Object(PAGE_QUERY, { additionalProperties: false })
const EventsHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({ pattern: '^\\d{1,15}$', description: 'the id of the last event that the client of a stream has' }))
})

export const events: FastifyPluginAsyncTypebox<ApiOptions> = async (app, options) => {
  app.get('/tenants/:tenant/events', {
    exposeHeadRoute: false,
    schema: {
      operationId: 'listEvents',
      summary: 'Lists the events of a tenant, newest first, or streams them as they come',
      description: 'With "Accept: text/event-stream" the events come as server-sent events, oldest first: all that are kept (the last 1000), or those after Last-Event-ID, and then each as it happens. The stream ends with the event "deleted" when the tenant is gone.',
      tags: ['tenants'],
      headers: EventsHeaders,
      params: TenantParams,
      querystring: EventsQuery,
      response: {
        200: {
          description: 'A page, or the stream',
          content: { 'application/json': { schema: pageOf(named(EventBody)) }, 'text/event-stream': { schema: Type.String() } }
        },
        ...problemAnswers('bad_request', 'invalid_cursor', 'validation_failed', 'tenant_not_found')
      }
    }
  }, async (request, reply) => {
    const tenant = await findTenant(options.pool, request.params.tenant)
    if (tenant === null) throw tenantNotFound(request.params.tenant)
    if (wantsStream(request.headers.accept)) {
      const after = Number(request.headers['last-event-id'] ?? 0)
      const stream = streamEvents(options, tenant.id, after, untilGone(reply, options.closing))
      // No proxy may keep the events back (nginx, X-Accel-Buffering).
      reply.headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' }).type('text/event-stream; charset=utf-8')
      // Its type is that of a page: a stream does not pass through the serializer.
      return (reply as FastifyReply).send(Readable.from(stream, { objectMode: false }))
    }
    const { limit = DEFAULT_PAGE_LIMIT, cursor } = request.query
    const list = `events/${tenant.id}`
    const found = await eventsBefore(options.pool, tenant.id, readCursor(list, cursor), limit + 1)
    const items = found.slice(0, limit)
    return page(list, items.map(eventBody), found.length > limit ? items.at(-1)?.id ?? null : null)
  })
}
