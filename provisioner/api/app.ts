import fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { randomUUID } from 'node:crypto'
import { webConsole } from '../console/console.ts'
import type { ApiDeps, ApiOptions } from './api-options.ts'
import { audit } from './audit.ts'
import { auditTrail } from './audit-trail.ts'
import { authentication } from './authentication.ts'
import { domains } from './domains.ts'
import { events } from './events.ts'
import { health } from './health.ts'
import { expireIdempotencyKeys } from './idempotency.ts'
import { jsonBody } from './json-body.ts'
import { lifecycle } from './lifecycle.ts'
import { logs } from './logs.ts'
import { metrics } from './metrics.ts'
import { openAnswers } from './open-answers.ts'
import { openapi } from './openapi.ts'
import { overview } from './overview.ts'
import { answerClientError, problems } from './problems.ts'
import { releases } from './releases.ts'
import { REDACTED, requestLog } from './request-log.ts'
import { rollouts } from './rollouts.ts'
import { singleHeaders } from './single-headers.ts'
import { routeTable } from './route-table.ts'
import { session } from './session.ts'
import { stream } from './stream.ts'
import { tenants } from './tenants.ts'
import { tokens } from './tokens.ts'
import { usage } from './usage.ts'
import { compileValidator } from './validation.ts'
import { webhooks } from './webhooks.ts'

const BODY_LIMIT_BYTES = 2 ** 20
const REQUEST_TIMEOUT_MS = 30_000
/** A hostname of 253 characters, each percent-encoded. */
const MAX_PARAM_LENGTH = 760

/** Builds the API and listens. `close()` ends waits and streams, then the connections. */
export async function openApi (deps: ApiDeps): Promise<FastifyInstance> {
  const closing = new AbortController()
  const options: ApiOptions = { ...deps, closing: closing.signal }
  const app = fastify({
    loggerInstance: deps.log.child({ part: 'api' }, { redact: REDACTED }) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    return503OnClosing: false,
    trustProxy: deps.config.api.trustedProxies.length > 0 ? deps.config.api.trustedProxies : false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (err, request, reply) => { app.errorHandler(err, request, reply) }
  })
  app.addHook('preClose', async () => { closing.abort() })
  app.setValidatorCompiler(compileValidator)

  await app.register(requestLog)
  await app.register(routeTable)
  await app.register(problems)
  await app.register(auditTrail, options)
  await app.register(singleHeaders)
  await app.register(authentication, options)
  await app.register(openAnswers, options)
  await app.register(jsonBody)
  await app.register(openapi, options)
  await app.register(metrics, options)
  await app.register(health, options)
  await app.register(webConsole)
  await app.register(expireIdempotencyKeys, options)
  await app.register(async v1 => {
    await v1.register(tenants, options)
    await v1.register(domains, options)
    await v1.register(lifecycle, options)
    await v1.register(events, options)
    await v1.register(logs, options)
    await v1.register(releases, options)
    await v1.register(rollouts, options)
    await v1.register(usage, options)
    await v1.register(overview, options)
    await v1.register(stream, options)
    await v1.register(webhooks, options)
    await v1.register(tokens, options)
    await v1.register(session, options)
    await v1.register(audit, options)
  }, { prefix: '/v1' })

  await app.listen(deps.config.api)
  return app
}
