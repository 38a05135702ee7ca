import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { Problem } from '../errors.ts'
import { appendEvent } from '../tenants/event-store.ts'
import { findRelease, insertRelease, listReleases } from '../tenants/release-store.ts'
import { adoptNewestRelease, requestWork } from '../tenants/tenant-store.ts'
import type { Release } from '../tenants/tenant.ts'
import type { ApiOptions } from './api-options.ts'
import { page, readCursor } from './cursor.ts'
import { requireValidEnv } from './env.ts'
import { once } from './idempotency.ts'
import { imageCheck } from './release-image.ts'
import { releaseBody } from './representation.ts'
import { answer, BODY, MUTATION, problemAnswers } from './responses.ts'
import { DEFAULT_PAGE_LIMIT, Env, MutationHeaders, named, PAGE_QUERY, pageOf, ReleaseBody, ReleaseVersion, Resources, StrategyInput } from './schemas.ts'

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
}, { additionalProperties: false })

const ReleaseParams = Type.Object({ version: Type.String() })
const ReleasesQuery = Type.Object(PAGE_QUERY, { additionalProperties: false })

export const releases: FastifyPluginAsyncTypebox<ApiOptions> = async (app, { pool, engine, closing }) => {
  const requireImage = imageCheck(engine, closing)

  app.post('/releases', {
    schema: {
      operationId: 'createRelease',
      summary: 'Registers a release, which is then the newest',
      description: 'Tenants that never served, and were not told which release to use, move to it. The image must be one that the engine has or can pull; it is pulled now.',
      tags: ['releases'],
      headers: MutationHeaders,
      body: ReleaseInput,
      response: { 201: { ...answer('Created', named(ReleaseBody)), headers: { location: { type: 'string', description: 'the release' } } }, ...problemAnswers(...BODY, ...MUTATION, 'image_not_found', 'image_pending', 'release_exists') }
    }
  }, async (request, reply) => {
    const release = releaseOf(request.body)
    requireValidEnv(release.env)
    requireStrategy(release)
    // Of one that exists the image was there once: what is to be said then is that it exists, or what it was answered with before.
    if (await findRelease(pool, release.version) === null) await requireImage(release.image)
    const { version } = await once(pool, request, async tx => {
      await insertRelease(tx, release)
      const moved = await adoptNewestRelease(tx, release.version)
      const message = `The tenant never served, and is to be at the newest release "${release.version}".`
      for (const id of moved) await appendEvent(tx, id, { reason: 'ReleaseAdopted', message, data: { to: release.version } })
      await requestWork(tx, moved)
      return { version: release.version }
    })
    return reply.code(201).header('location', `/v1/releases/${version}`).send(releaseBody(await existing(version)))
  })

  app.get('/releases', {
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
    return page(LIST, items.map(releaseBody), next)
  })

  app.get('/releases/:version', {
    schema: {
      operationId: 'getRelease',
      summary: 'Shows a release',
      tags: ['releases'],
      params: ReleaseParams,
      response: { 200: answer('The release', named(ReleaseBody)), ...problemAnswers('release_not_found') }
    }
  }, async request => releaseBody(await existing(request.params.version)))

  async function existing (version: string): Promise<Release> {
    const release = await findRelease(pool, version)
    if (release === null) throw new Problem('release_not_found', `There is no release "${version.slice(0, 64)}"; GET /v1/releases lists them.`)
    return release
  }
}

function releaseOf ({ version, image, port = DEFAULT_PORT, healthPath = '/', migrate = [], env = {}, resources = {}, volume = false, strategy }: Static<typeof ReleaseInput>): Omit<Release, 'createdAt'> {
  const command = typeof migrate === 'string' ? ['/bin/sh', '-c', migrate] : migrate
  return { version, image, port, healthPath, migrate: command.length === 0 ? null : command, env, resources, volume, strategy: strategy ?? null }
}

/** Throws validation_failed. */
function requireStrategy ({ volume, strategy }: Pick<Release, 'volume' | 'strategy'>): void {
  if (!volume || strategy !== 'start-first') return
  const detail = 'cannot be start-first with a volume: two instances never share /data'
  throw new Problem('validation_failed', `The body is not usable: /strategy ${detail}.`, { invalidParams: [{ pointer: '/strategy', detail }] })
}
