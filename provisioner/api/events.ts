import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { releaseEventsAfter, releaseEventsBefore } from '../releases/release-event-store.ts'
import { eventsAfter, eventsBefore } from '../tenants/event-store.ts'
import type { TenantEvent } from '../tenants/event-store.ts'
import { findRelease, findReleaseById, releaseNotFound } from '../tenants/release-store.ts'
import { findTenant, tenantNotFound } from '../tenants/tenant-store.ts'
import type { ApiOptions } from './api-options.ts'
import { untilGone } from './client.ts'
import { page, readCursor } from './cursor.ts'
import { streamEvents, wantsStream } from './event-stream.ts'
import type { EventSource } from './event-stream.ts'
import { eventBody } from './representation.ts'
import { problemAnswers } from './responses.ts'
import { DEFAULT_PAGE_LIMIT, EventBody, named, PAGE_QUERY, pageOf, ReleaseParams, TenantParams } from './schemas.ts'

const EventsQuery = Type.Object(PAGE_QUERY, { additionalProperties: false })
const EventsHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({ pattern: '^\\d{1,15}$', description: 'the id of the last event that the client of a stream has' }))
})

const ANSWER = {
  description: 'A page, or the stream',
  content: { 'application/json': { schema: pageOf(named(EventBody)) }, 'text/event-stream': { schema: Type.String() } }
}
const STREAM = 'With "Accept: text/event-stream" the events come as server-sent events, oldest first: all that are kept, or those after Last-Event-ID, and then each as it happens.'

/** A source whose events can be listed too, newest first. */
interface Listed extends EventSource { before: (before: number | null, limit: number) => Promise<TenantEvent[]> }

export const events: FastifyPluginAsyncTypebox<ApiOptions> = async (app, options) => {
  const { pool } = options

  app.get('/tenants/:tenant/events', {
    config: { scope: 'read' },
    exposeHeadRoute: false,
    schema: {
      operationId: 'listEvents',
      summary: 'Lists the events of a tenant, newest first, or streams them as they come',
      description: `${STREAM} The last 1000 are kept. The stream ends with the event "deleted" when the tenant is gone.`,
      tags: ['tenants'],
      headers: EventsHeaders,
      params: TenantParams,
      querystring: EventsQuery,
      response: { 200: ANSWER, ...problemAnswers('bad_request', 'invalid_cursor', 'validation_failed', 'tenant_not_found') }
    }
  }, async (request, reply) => {
    const tenant = await findTenant(pool, request.params.tenant)
    if (tenant === null) throw tenantNotFound(request.params.tenant)
    const { id } = tenant
    return await answerEvents(options, request, reply, {
      id,
      after: async (after, limit) => await eventsAfter(pool, id, after, limit),
      before: async (before, limit) => await eventsBefore(pool, id, before, limit),
      exists: async () => await findTenant(pool, id) !== null
    })
  })

  app.get('/releases/:version/events', {
    config: { scope: 'read', limited: true },
    exposeHeadRoute: false,
    schema: {
      operationId: 'listReleaseEvents',
      summary: 'Lists the events of the proof of a release, newest first, or streams them as they come',
      description: `${STREAM} data.output has the last lines of a container, where an event is about one.`,
      tags: ['releases'],
      headers: EventsHeaders,
      params: ReleaseParams,
      querystring: EventsQuery,
      response: { 200: ANSWER, ...problemAnswers('bad_request', 'invalid_cursor', 'validation_failed', 'release_not_found') }
    }
  }, async (request, reply) => {
    const release = await findRelease(pool, request.params.version)
    if (release === null) throw releaseNotFound(request.params.version)
    const { id } = release
    return await answerEvents(options, request, reply, {
      id,
      after: async (after, limit) => await releaseEventsAfter(pool, id, after, limit),
      before: async (before, limit) => await releaseEventsBefore(pool, id, before, limit),
      exists: async () => await findReleaseById(pool, id) !== null
    })
  })
}

async function answerEvents (options: ApiOptions, request: Pick<FastifyRequest, 'headers' | 'query'>, reply: Pick<FastifyReply, 'raw' | 'headers' | 'type' | 'send'>, source: Listed) {
  if (wantsStream(request.headers.accept)) {
    const after = Number(request.headers['last-event-id'] ?? 0)
    const stream = streamEvents(options, source, after, untilGone(reply, options.closing))
    // No proxy may keep the events back (nginx, X-Accel-Buffering).
    reply.headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    reply.type('text/event-stream; charset=utf-8')
    // Its type is that of a page: a stream does not pass through the serializer.
    return reply.send(Readable.from(stream, { objectMode: false }))
  }
  const { limit = DEFAULT_PAGE_LIMIT, cursor } = request.query as Static<typeof EventsQuery>
  const list = `events/${source.id}`
  const found = await source.before(readCursor(list, cursor), limit + 1)
  const items = found.slice(0, limit)
  return reply.send(page(list, items.map(eventBody), found.length > limit ? items.at(-1)?.id ?? null : null))
}
