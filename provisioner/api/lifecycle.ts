import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Problem } from '../errors.ts'
import type { ProblemCode } from '../errors.ts'
import { lastHealthyRelease } from '../tenants/tenant-store.ts'
import type { Tenant } from '../tenants/tenant.ts'
import type { ApiOptions } from './api-options.ts'
import { BODY, problemAnswers, TENANT_CHANGE, tenantAnswers } from './responses.ts'
import { ReleaseVersion, StrategyInput, TenantChangeHeaders, TenantParams, WaitQuery } from './schemas.ts'
import { answerMutation, changing } from './tenant-change.ts'
import type { Decision } from './tenant-change.ts'

const DeployInput = Type.Object({ release: ReleaseVersion, strategy: Type.Optional(StrategyInput) }, { additionalProperties: false, examples: [{ release: '2026.1' }] })

interface Action {
  name: string
  summary: string
  decide: (tenant: Tenant) => Decision | null
  problems: ProblemCode[]
}

/** What can be asked of a tenant without saying more. */
const ACTIONS: Action[] = [
  {
    name: 'suspend',
    summary: 'Stops a tenant and answers its visitors that it is suspended; its data stays',
    decide: ({ wanted }) => wanted === 'suspended'
      ? null
      : { change: { wanted: 'suspended' }, event: { reason: 'SuspendRequested', message: 'The tenant is to be suspended.' } },
    problems: []
  },
  {
    name: 'resume',
    summary: 'Brings a suspended tenant back',
    decide: ({ wanted }) => wanted === 'running'
      ? null
      : { change: { wanted: 'running' }, event: { reason: 'ResumeRequested', message: 'The tenant is to run again.' } },
    problems: []
  },
  {
    name: 'restart',
    summary: 'Replaces the instance of a tenant by a new one, without a gap',
    decide: ({ slug, wanted }) => {
      if (wanted === 'suspended') throw new Problem('tenant_suspended', `The tenant "${slug}" is suspended; resume it, which starts it anew.`)
      return { change: { restart: true }, event: { reason: 'RestartRequested', message: 'The instance is to be replaced by a new one.' } }
    },
    problems: ['tenant_suspended']
  }
]

export const lifecycle: FastifyPluginAsyncTypebox<ApiOptions> = async (app, options) => {
  for (const { name, summary, decide, problems } of ACTIONS) {
    app.post(`/tenants/:tenant/${name}`, {
      config: { scope: 'operate', action: `tenant.${name}` },
      schema: {
        operationId: `${name}Tenant`,
        summary,
        tags: ['lifecycle'],
        headers: TenantChangeHeaders,
        params: TenantParams,
        querystring: WaitQuery,
        response: { ...tenantAnswers(200, 'Done'), ...problemAnswers(...TENANT_CHANGE, ...problems) }
      }
    }, async (request, reply) => await answerMutation(options, request, reply, changing(request, decide)))
  }

  app.post('/tenants/:tenant/deploy', {
    config: { scope: 'operate', action: 'tenant.deploy' },
    schema: {
      operationId: 'deployTenant',
      summary: 'Moves a tenant to a release; the same one again tries it again',
      description: 'Migrates with the new image, starts the new instance beside the old one, leads requests to it once it is healthy, and lets the old one finish what it serves. When anything fails the old one serves on, and the conditions say why. Of two deploys the later one wins. Only to a usable release: while it is proven the answer is 409 release_verifying, and nothing is changed.',
      tags: ['lifecycle'],
      headers: TenantChangeHeaders,
      params: TenantParams,
      querystring: WaitQuery,
      body: DeployInput,
      response: { ...tenantAnswers(200, 'Deployed, or known to have failed: see status'), ...problemAnswers(...BODY, ...TENANT_CHANGE, 'unknown_release', 'release_verifying', 'release_rejected') }
    }
  }, async (request, reply) => {
    const { release, strategy = null } = request.body
    return await answerMutation(options, request, reply, changing(request, tenant => ({
      change: { release, strategy },
      event: { reason: 'DeployRequested', message: `The tenant is to be at release "${release}"; it was at "${tenant.release}".`, data: { from: tenant.release, to: release } }
    })))
  })

  app.post('/tenants/:tenant/rollback', {
    config: { scope: 'operate', action: 'tenant.rollback' },
    schema: {
      operationId: 'rollBackTenant',
      summary: 'Moves a tenant back to the release that it was last healthy with before this one',
      description: 'The database stays as it is: nothing is migrated back.',
      tags: ['lifecycle'],
      headers: TenantChangeHeaders,
      params: TenantParams,
      querystring: WaitQuery,
      response: { ...tenantAnswers(200, 'Back, or known to have failed: see status'), ...problemAnswers(...TENANT_CHANGE, 'nothing_to_roll_back') }
    }
  }, async (request, reply) => await answerMutation(options, request, reply, changing(request, async ({ id, slug, release: from }, tx) => {
    const release = await lastHealthyRelease(tx, id)
    if (release === null) throw new Problem('nothing_to_roll_back', `The tenant "${slug}" was never healthy with another release than "${from}".`)
    return { change: { release }, event: { reason: 'RollbackRequested', message: `The tenant is to be back at release "${release}"; it was at "${from}".`, data: { from, to: release } } }
  })))
}
