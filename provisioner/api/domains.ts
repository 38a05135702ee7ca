import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { canonicalHostname } from '../../gateway/hostname.ts'
import { Problem } from '../errors.ts'
import { addDomain, removeDomain } from '../tenants/domain-store.ts'
import type { ApiOptions } from './api-options.ts'
import { ownHost, requestedHost } from './hosts.ts'
import { BODY, problemAnswers, TENANT_CHANGE, tenantAnswers } from './responses.ts'
import { Host, TenantChangeHeaders, TenantParams, WaitQuery } from './schemas.ts'
import { answerMutation, changing } from './tenant-change.ts'

const DomainInput = Type.Object({
  host: Host,
  primary: Type.Optional(Type.Boolean({ description: 'whether the tenant\'s url has this host from now on' }))
}, { additionalProperties: false, examples: [{ host: 'www.acme.example', primary: true }] })

const DomainParams = Type.Object({ ...TenantParams.properties, host: Type.String() })

export const domains: FastifyPluginAsyncTypebox<ApiOptions> = async (app, options) => {
  const { baseDomain } = options.config

  app.post('/tenants/:tenant/domains', {
    config: { scope: 'operate', action: 'domain.add' },
    schema: {
      operationId: 'addDomain',
      summary: 'Gives a tenant a domain, or makes one of its domains the primary',
      tags: ['domains'],
      headers: TenantChangeHeaders,
      params: TenantParams,
      querystring: WaitQuery,
      body: DomainInput,
      response: {
        ...tenantAnswers(201, 'The tenant has the domain, and it is routed'),
        ...problemAnswers(...BODY, ...TENANT_CHANGE, 'invalid_host', 'reserved_host', 'domain_taken', 'domain_being_freed')
      }
    }
  }, async (request, reply) => {
    const { host: text, primary = false } = request.body
    return await answerMutation(options, request, reply, changing(request, async ({ id, slug, domains }, tx) => {
      const host = requestedHost(text, slug, baseDomain)
      const present = domains.find(domain => domain.host === host)
      if (present !== undefined && (present.primary || !primary)) return null
      await addDomain(tx, id, host, primary)
      const event = present === undefined
        ? { reason: 'DomainAdded', message: `"${host}" is a domain of the tenant${primary ? ', and its primary' : ''}.` }
        : { reason: 'PrimaryDomainChanged', message: `"${host}" is the primary domain of the tenant.` }
      return { change: {}, event: { ...event, data: { host, primary } } }
    }, 201))
  })

  app.delete('/tenants/:tenant/domains/:host', {
    config: { scope: 'operate', action: 'domain.remove' },
    schema: {
      operationId: 'removeDomain',
      summary: 'Takes a domain from a tenant',
      tags: ['domains'],
      headers: TenantChangeHeaders,
      params: DomainParams,
      querystring: WaitQuery,
      response: {
        ...tenantAnswers(204, 'Gone'),
        ...problemAnswers(...TENANT_CHANGE, 'domain_not_found', 'permanent_domain', 'primary_domain')
      }
    }
  }, async (request, reply) => {
    const { host: text } = request.params
    return await answerMutation(options, request, reply, changing(request, async ({ id, slug }, tx) => {
      const host = canonicalHostname(text)
      if (host === null) throw new Problem('domain_not_found', `The tenant has no domain ${JSON.stringify(text)}.`)
      if (host === ownHost(slug, baseDomain)) throw new Problem('permanent_domain', `"${host}" is the host of the tenant's slug; it stays as long as the tenant.`)
      await removeDomain(tx, id, host)
      return { change: {}, event: { reason: 'DomainRemoved', message: `"${host}" is no domain of the tenant any more.`, data: { host } } }
    }, 204))
  })
}
