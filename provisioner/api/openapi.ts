import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import type { ApiOptions } from './api-options.ts'
import { ProblemBody } from './responses.ts'
import { MoveBody, RolloutBody } from './rollout-schemas.ts'
import { AuditEntryBody } from './audit.ts'
import { TokenBody } from './token-schemas.ts'
import { Condition, EventBody, ReleaseBody, TenantBody } from './schemas.ts'
import { BillBody, UsagePoint } from './usage-schemas.ts'
import { DeliveryBody, WebhookBody } from './webhook-schemas.ts'

/** Swagger UI sets styles from its scripts; nothing comes from elsewhere. */
const DOCS_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

/** The OpenAPI 3.1 document of all that is registered after this, at /openapi.json, and its page at /docs. */
export const openapi = fp<ApiOptions>(async app => {
  for (const schema of [Condition, TenantBody, ReleaseBody, EventBody, RolloutBody, MoveBody, TokenBody, AuditEntryBody, UsagePoint, BillBody, WebhookBody, DeliveryBody, ProblemBody]) app.addSchema(schema)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Berth',
        version: '1',
        description: 'What takes time answers 202, or holds with ?wait=SECONDS until it settled. Mutations take an Idempotency-Key. Errors are RFC 9457 problems with a stable code; the answers of each operation name those that it can have. A token that is limited to tenants sees those alone.'
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'tenants', description: 'Customers: each with a container, a database and domains of its own' },
        { name: 'domains', description: 'Hostnames that lead to a tenant' },
        { name: 'lifecycle', description: 'What can be asked of a tenant' },
        { name: 'releases', description: 'Versions of the application' },
        { name: 'rollouts', description: 'Moves of many tenants to a release' },
        { name: 'usage', description: 'What tenants use, and how the installation stands' },
        { name: 'webhooks', description: 'Who is told of what happens' },
        { name: 'access', description: 'Who may use the API' }
      ],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'The token in deploy/.env, or one of POST /v1/tokens.' },
          session: { type: 'apiKey', in: 'cookie', name: 'berth_session', description: 'Of POST /v1/session. Changes need its csrfToken as "X-CSRF-Token" too.' }
        }
      },
      security: [{ token: [] }, { session: [] }]
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => typeof json.$id === 'string' ? json.$id : `schema-${index}` }
  })
  app.get('/openapi.json', { config: { scope: 'public' }, schema: { hide: true } }, async () => app.swagger())
  await app.register(async docs => {
    // Its routes are declared by the package.
    docs.addHook('onRoute', route => { route.config = { ...route.config, scope: 'public' } })
    await docs.register(swaggerUi, { routePrefix: '/docs', theme: { title: 'Berth' }, staticCSP: DOCS_POLICY, uiConfig: { validatorUrl: 'none', deepLinking: true } })
  })
}, { name: 'openapi' })
