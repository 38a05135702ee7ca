import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { permits } from '../access/scope.ts'
import { DEFAULT_RESOURCES } from '../resources/container-spec.ts'
import { readMachine } from '../resources/machine.ts'
import { rolloutNotices } from '../rollouts/notice-store.ts'
import { ROLLOUT_STATES } from '../rollouts/rollout.ts'
import { databaseServers, memoryLimits, releasesInUse, tenantsByStatus, tenantsInNeed } from '../tenants/overview-store.ts'
import { CONDITION_TYPES } from '../tenants/tenant.ts'
import { serverTotals } from '../usage/sample-store.ts'
import { fill, STEP_MS } from '../usage/span.ts'
import { traffic } from '../usage/usage-query-store.ts'
import { webhooksGivenUp } from '../webhooks/webhook-store.ts'
import { accessOf, tenantsOf } from './access.ts'
import type { ApiOptions } from './api-options.ts'
import { answer, problemAnswers } from './responses.ts'
import { DateTime, nullable, RELEASE_STATES, STATUSES } from './schemas.ts'

const MAX_ATTENTION = 50
/** The hour that is under way, and the 23 before it. */
const HOURS = 24

const RolloutBrief = Type.Object({ id: Type.String(), release: Type.String(), state: Type.Enum([...ROLLOUT_STATES]), done: Type.Integer({ description: 'tenants that had their turn' }), total: Type.Integer() })
const ServerBody = Type.Object({
  name: Type.String(),
  host: Type.String(),
  databases: nullable(Type.Integer()),
  connections: nullable(Type.Integer()),
  maxConnections: nullable(Type.Integer()),
  bytes: nullable(Type.Integer({ description: 'of all its databases; looked at every quarter of an hour' }))
})

const WebhookBrief = Type.Object({
  id: Type.String(), host: Type.String(), reason: Type.String({ description: 'in a sentence' }), failingSince: nullable(DateTime), waiting: Type.Integer({ description: 'deliveries that are sent when it is active again' })
})

const Overview = Type.Object({
  tenants: Type.Object({ total: Type.Integer(), byStatus: Type.Partial(Type.Object(Object.fromEntries(STATUSES.map(status => [status, Type.Integer()])) as Record<typeof STATUSES[number], ReturnType<typeof Type.Integer>>)) }),
  attention: Type.Array(Type.Object({
    tenant: Type.Object({ id: Type.String(), slug: Type.String(), name: Type.String() }),
    status: Type.Enum([...STATUSES]),
    condition: nullable(Type.Object({ type: Type.Enum([...CONDITION_TYPES]), reason: Type.String(), message: Type.String(), since: DateTime }))
  }), { description: `tenants that need somebody, at most ${MAX_ATTENTION}, the worst first` }),
  webhooks: Type.Array(WebhookBrief, { description: 'those that were disabled since they took nothing; none for a token that may not see webhooks' }),
  releases: Type.Array(Type.Object({ version: Type.String(), tenants: Type.Integer(), state: Type.Enum([...RELEASE_STATES]) }), { description: 'those that tenants are at, and the newest, newest first' }),
  traffic: Type.Object({ from: DateTime, to: DateTime, step: Type.Enum(['minute', 'hour']), points: Type.Array(Type.Object({ at: DateTime, requests: Type.Integer(), errors: Type.Integer() })) }),
  machine: nullable(Type.Object({
    cpus: Type.Integer(),
    load1: Type.Number(),
    memoryBytes: Type.Integer(),
    memoryFreeBytes: Type.Integer({ description: 'that can be had without swapping' }),
    diskBytes: Type.Integer(),
    diskFreeBytes: Type.Integer(),
    tenantMemoryLimitBytes: Type.Integer({ description: 'what all running tenants may take together' })
  }, { description: 'null for a token that is limited to tenants' })),
  databaseServers: Type.Array(ServerBody, { description: 'none for a token that is limited to tenants' }),
  rollouts: Type.Array(RolloutBrief, { description: 'those that have not ended; none for a token that is limited to tenants' })
})

export const overview: FastifyPluginAsyncTypebox<ApiOptions> = async (app, { pool, config, readings }) => {
  app.get('/overview', {
    config: { scope: 'read', limited: true },
    schema: {
      operationId: 'getOverview',
      summary: 'Shows the installation at a glance',
      tags: ['usage'],
      response: { 200: answer('As it is now', Overview), ...problemAnswers() }
    }
  }, async request => {
    const only = tenantsOf(request)
    const to = new Date(Math.ceil(Date.now() / STEP_MS.hour) * STEP_MS.hour)
    const span = { from: new Date(to.getTime() - HOURS * STEP_MS.hour), to }
    const seesWebhooks = only === null && permits(accessOf(request).token.scope, 'admin')
    const [byStatus, attention, releases, hours, givenUp] = await Promise.all([
      tenantsByStatus(pool, only), tenantsInNeed(pool, only, MAX_ATTENTION), releasesInUse(pool, only), traffic(pool, span, only), seesWebhooks ? webhooksGivenUp(pool) : []
    ])
    return {
      tenants: { total: Object.values(byStatus).reduce((sum, count) => sum + count, 0), byStatus },
      attention,
      webhooks: givenUp.map(({ failingSince, ...rest }) => ({ ...rest, failingSince: failingSince?.toISOString() ?? null })),
      releases,
      traffic: {
        from: span.from.toISOString(),
        to: span.to.toISOString(),
        step: 'hour' as const,
        points: fill(span, 'hour', hours).map(({ at, value }) => ({ at: at.toISOString(), requests: value?.requests ?? 0, errors: value?.errors ?? 0 }))
      },
      ...only === null ? await ofInstallation() : { machine: null, databaseServers: [], rollouts: [] }
    }
  })

  async function ofInstallation (): Promise<Pick<Static<typeof Overview>, 'machine' | 'databaseServers' | 'rollouts'>> {
    const [machine, tenantMemoryLimitBytes, servers, totals, load, rollouts] = await Promise.all([
      readMachine(), memoryLimits(pool, DEFAULT_RESOURCES.memoryBytes), databaseServers(pool), serverTotals(pool),
      readings.load().catch(err => { app.log.warn({ err }, 'the database server could not be asked how full it is'); return null }), rolloutNotices(pool, null)
    ])
    return {
      machine: { ...machine, tenantMemoryLimitBytes },
      databaseServers: servers.map(({ name, host }) => {
        const read = name === config.databaseServer.name
        return {
          name,
          host,
          databases: read ? totals?.databases ?? null : null,
          connections: read ? load?.connections ?? null : null,
          maxConnections: read ? load?.maxConnections ?? null : null,
          bytes: read ? totals?.bytes ?? null : null
        }
      }),
      rollouts
    }
  }
}
