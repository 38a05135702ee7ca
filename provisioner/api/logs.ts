import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Type } from 'typebox'
import { Problem } from '../errors.ts'
import { instancesOf } from '../tenants/instance-store.ts'
import { findTenant, tenantNotFound } from '../tenants/tenant-store.ts'
import type { Tenant } from '../tenants/tenant.ts'
import type { ApiOptions } from './api-options.ts'
import { untilGone } from './client.ts'
import { problemAnswers } from './responses.ts'
import { TenantParams } from './schemas.ts'

const DEFAULT_TAIL = 200
const MAX_TAIL = 10_000

const LogsQuery = Type.Object({
  tail: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_TAIL, default: DEFAULT_TAIL, description: 'so many of the last lines' })),
  follow: Type.Optional(Type.Boolean({ default: false, description: 'whether to go on with what comes' }))
}, { additionalProperties: false })

export const logs: FastifyPluginAsyncTypebox<ApiOptions> = async (app, options) => {
  const { engine, closing } = options

  app.get('/tenants/:tenant/logs', {
    config: { scope: 'read' },
    exposeHeadRoute: false,
    schema: {
      operationId: 'readLogs',
      summary: 'Shows what the newest instance of a tenant wrote to its standard output and error',
      tags: ['tenants'],
      params: TenantParams,
      querystring: LogsQuery,
      response: {
        200: {
          description: 'Lines, each with its time',
          headers: { 'x-berth-instance': { type: 'string', description: 'name of the instance' } },
          content: { 'text/plain': { schema: Type.String() } }
        },
        ...problemAnswers('validation_failed', 'tenant_not_found', 'no_instance')
      }
    }
  }, async (request, reply) => {
    const tenant = await findTenant(options.pool, request.params.tenant)
    if (tenant === null) throw tenantNotFound(request.params.tenant)
    const instance = await newestInstance(options, tenant)
    const { tail = DEFAULT_TAIL, follow = false } = request.query
    const output = await engine.logs(instance, { tail, follow })
    const ended = untilGone(reply, closing)
    // By hand, since a container may be silent for long: the client sees at once that it is connected.
    reply.hijack()
    reply.raw.writeHead(200, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-berth-instance': instance,
      'x-request-id': request.id
    })
    reply.raw.flushHeaders()
    await pipeline(untilEnded(output, ended), reply.raw).catch(err => {
      if (!ended.aborted) request.log.warn({ err }, 'log stream broke off')
    })
  })
}

/** The name of the newest instance that has a container. Throws no_instance. */
async function newestInstance ({ pool, engine, config }: ApiOptions, { id, slug }: Tenant): Promise<string> {
  const instances = await instancesOf(pool, id, config.tenantSubnet)
  for (const { name } of instances.reverse()) {
    if (await engine.inspect(name) !== null) return name
  }
  throw new Problem('no_instance', `The tenant "${slug}" has no container now; its events say why.`)
}

/** The output until it ends, or the signal aborts, which ends it too. */
async function * untilEnded (output: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  const end = (): void => { output.destroy() }
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  try {
    for await (const chunk of output) yield chunk as Buffer
  } catch (err) {
    if (!signal.aborted) throw err
  }
}
