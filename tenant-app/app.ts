import websocket from '@fastify/websocket'
import fastify, { LogController } from 'fastify'
import type { FastifyInstance } from 'fastify'
import { serveAssets } from './assets.ts'
import type { Config } from './config.ts'
import { dashboard } from './dashboard.ts'
import { openDatabase } from './database.ts'
import { errorHandler } from './error-response.ts'
import { AppError } from './errors.ts'
import { health } from './health.ts'
import { closeAfterLastResponse } from './last-response.ts'
import { closePages, live, logFailure } from './live.ts'
import { notesApi } from './notes-api.ts'
import { refuseCrossSite } from './same-site.ts'
import { setSecurityHeaders } from './security-headers.ts'
import { whoami } from './whoami.ts'

const bodyLimitBytes = 64 * 1024
const requestTimeoutMs = 30_000
const messageLimitBytes = 1024
// The column has been there since the version before.
const firstVersionWithPins = 3

/** The whole application, not yet listening. It owns its database connections: `close()` ends them. */
export async function buildApp ({ databaseUrl, tenantId, version }: Config): Promise<FastifyInstance> {
  const canPin = version >= firstVersionWithPins
  const answerError = errorHandler(tenantId)
  const app = fastify({
    logger: true,
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: 'x-request-id',
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    return503OnClosing: false,
    frameworkErrors: answerError,
    // No route has a schema (note-input.ts reads the few inputs), so their compilers, 100 ms of start-up, are not loaded.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } }
  })
  const database = openDatabase(databaseUrl, app.log)
  app.addHook('onClose', () => database.close())

  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => answerError(new AppError('not-found'), request, reply))
  closeAfterLastResponse(app)
  app.removeContentTypeParser('text/plain')
  app.addHook('onRequest', setSecurityHeaders)
  app.addHook('onRequest', refuseCrossSite)
  await app.register(websocket, { options: { maxPayload: messageLimitBytes }, errorHandler: logFailure, preClose: closePages })

  await app.register(health, { database })
  await app.register(whoami, { database, tenantId })
  await app.register(notesApi, { database, canPin })
  await app.register(live, { database })
  await app.register(serveAssets)
  await app.register(dashboard, { database, tenantId, canPin })
  return app
}

function noSchemas (): never {
  throw new Error('routes of this application carry no schemas')
}
