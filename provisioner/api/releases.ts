import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { masked } from '../audit/audit-entry.ts'
import { cancelProof } from '../releases/cancellation.ts'
import { proofsBefore, requestProof } from '../releases/proof-store.ts'
import { appendReleaseEvent } from '../releases/release-event-store.ts'
import { Problem } from '../errors.ts'
import { findRelease, findReleaseById, insertRelease, listReleases, releaseNotFound } from '../tenants/release-store.ts'
import type { NewRelease } from '../tenants/release-store.ts'
import { sharedVisibleTo } from './access.ts'
import type { ApiOptions } from './api-options.ts'
import { untilGone } from './client.ts'
import { page, readCursor } from './cursor.ts'
import { requireValidEnv } from './env.ts'
import { once } from './idempotency.ts'
import { releaseBody, releaseLocation } from './representation.ts'
import { answer, BODY, MUTATION, problemAnswers } from './responses.ts'
import { DEFAULT_PAGE_LIMIT, Env, MutationHeaders, named, PAGE_QUERY, pageOf, ReleaseBody, ReleaseParams, ReleaseVersion, Resources, StrategyInput, WaitQuery } from './schemas.ts'
import { awaitProven } from './wait.ts'

const LIST = 'releases'
const DEFAULT_PORT = 3000
const Argument = Type.String({ maxLength: 16_384 })

const ReleaseInput = Type.Object({
  version: ReleaseVersion,
  image: Type.String({ maxLength: 512, pattern: '^(?!.*\\.\\.)[A-Za-z0-9](?:[A-Za-z0-9._:/@-]*[A-Za-z0-9])?$', description: 'the reference of an image, such as registry.example.com/shop:1.4.2' }),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, default: DEFAULT_PORT, description: 'where the application listens; it gets it as PORT' })),
  healthPath: Type.Optional(Type.String({ maxLength: 1024, pattern: '^/[\\x21-\\x7e]*$', default: '/', description: 'a path that starts with / and answers 2xx when the application is ready' })),
  migrate: Type.Optional(Type.Union([Type.Array(Argument, { minItems: 1, maxItems: 64 }), Type.String({ minLength: 1, maxLength: 16_384 })], {
    description: 'A command and its arguments, run as they are; a string is run by the image\'s /bin/sh -c.'
  })),
  env: Type.Optional(Env),
  resources: Type.Optional(Resources),
  volume: Type.Optional(Type.Boolean({ default: false, description: 'whether every tenant gets a volume at /data' })),
  strategy: Type.Optional(StrategyInput)
}, {
  additionalProperties: false,
  examples: [{ version: '2026.1', image: 'registry.example.com/shop:2026.1', healthPath: '/healthz', migrate: ['node', 'migrate.ts'], env: { SITE_URL: '{{tenant.url}}' } }]
})

const ReleasesQuery = Type.Object(PAGE_QUERY, { additionalProperties: false })

const LOCATION = { location: { type: 'string', description: 'the release' } }

export const releases: FastifyPluginAsyncTypebox<ApiOptions> = async (app, options) => {
  const { pool, closing } = options

  app.post('/releases', {
    config: { scope: 'operate', action: 'release.create' },
    schema: {
      operationId: 'createRelease',
      summary: 'Registers a release, and has it proven',
      description: 'Its image is pulled when the engine does not have it. Its migrate runs on a copy of what the newest usable release of the same image repository has, or on an empty database, and an instance of it is started: when that becomes healthy the release is usable, else rejected (see state, conditions, and its events). Until then no tenant can be at it. A usable release that is the newest is what new tenants get, and tenants that never served and were not told which release to use move to it. A version that was rejected can be registered again.',
      tags: ['releases'],
      headers: MutationHeaders,
      querystring: WaitQuery,
      body: ReleaseInput,
      response: {
        201: { ...answer('Proven, with the state usable or rejected', named(ReleaseBody)), headers: LOCATION },
        202: { ...answer('Registered; being proven', named(ReleaseBody)), headers: LOCATION },
        ...problemAnswers(...BODY, ...MUTATION, 'invalid_wait', 'release_exists', 'release_not_found')
      }
    }
  }, async (request, reply) => {
    const release = releaseOf(request.body)
    requireValidEnv(release.env)
    requireStrategy(release)
    const { id } = await once(pool, request, async (tx, note) => {
      note.target = { kind: 'release', id: release.version, name: release.version }
      const id = await insertRelease(tx, release)
      const before = await proofsBefore(tx, id)
      const after = before === 0 ? '' : before === 1 ? ' One other is before it.' : ` ${before} others are before it.`
      await appendReleaseEvent(tx, id, { reason: 'Registered', message: `The release "${release.version}" is to be proven.${after}`, data: { before } })
      await requestProof(tx, id)
      Object.assign(note, { after: masked(release), status: 202 })
      return { id }
    })
    const proven = await awaitProven(options, id, request.query.wait ?? 0, untilGone(reply, closing))
    // Rejected, and made room for another of its version meanwhile.
    if (proven === null) throw releaseNotFound(release.version)
    return reply.code(proven.state === 'verifying' ? 202 : 201).header('location', releaseLocation(proven.version)).send(releaseBody(proven))
  })

  app.get('/releases', {
    config: { scope: 'read', limited: true },
    schema: {
      operationId: 'listReleases',
      summary: 'Lists releases, newest first',
      tags: ['releases'],
      querystring: ReleasesQuery,
      response: { 200: answer('A page', pageOf(named(ReleaseBody))), ...problemAnswers('invalid_cursor', 'validation_failed') }
    }
  }, async request => {
    const { limit = DEFAULT_PAGE_LIMIT, cursor } = request.query
    const { items, next } = await listReleases(pool, readCursor(LIST, cursor), limit)
    return page(LIST, items.map(release => sharedVisibleTo(request, releaseBody(release))), next)
  })

  app.get('/releases/:version', {
    config: { scope: 'read', limited: true },
    schema: {
      operationId: 'getRelease',
      summary: 'Shows a release',
      tags: ['releases'],
      params: ReleaseParams,
      response: { 200: answer('The release', named(ReleaseBody)), ...problemAnswers('release_not_found') }
    }
  }, async request => {
    const release = await findRelease(pool, request.params.version)
    if (release === null) throw releaseNotFound(request.params.version)
    return sharedVisibleTo(request, releaseBody(release))
  })

  app.post('/releases/:version/cancel', {
    config: { scope: 'operate', action: 'release.cancel' },
    schema: {
      operationId: 'cancelRelease',
      summary: 'Ends the proof of a release: it is rejected',
      description: 'For a release that is being proven or waits to be. It is rejected at once, with the reason Cancelled; what its proof had made, a migration that runs among it, is removed within moments. Its version can be registered again.',
      tags: ['releases'],
      headers: MutationHeaders,
      params: ReleaseParams,
      response: { 200: answer('Rejected', named(ReleaseBody)), ...problemAnswers(...MUTATION, 'release_not_found', 'release_not_verifying') }
    }
  }, async request => {
    const { version } = request.params
    const { id } = await once(pool, request, async (tx, note) => {
      const { id, state } = await cancelProof(tx, version)
      Object.assign(note, { target: { kind: 'release', id: version, name: version }, before: { state }, after: { state: 'rejected' } })
      return { id }
    })
    const cancelled = await findReleaseById(pool, id)
    if (cancelled === null) throw releaseNotFound(version)
    return releaseBody(cancelled)
  })
}

function releaseOf ({ version, image, port = DEFAULT_PORT, healthPath = '/', migrate = [], env = {}, resources = {}, volume = false, strategy }: Static<typeof ReleaseInput>): NewRelease {
  const command = typeof migrate === 'string' ? ['/bin/sh', '-c', migrate] : migrate
  return { version, image, port, healthPath, migrate: command.length === 0 ? null : command, env, resources, volume, strategy: strategy ?? null }
}

/** Throws validation_failed. */
function requireStrategy ({ volume, strategy }: NewRelease): void {
  if (!volume || strategy !== 'start-first') return
  const detail = 'cannot be start-first with a volume: two instances never share /data'
  throw new Problem('validation_failed', `The body is not usable: /strategy ${detail}.`, { invalidParams: [{ pointer: '/strategy', detail }] })
}
