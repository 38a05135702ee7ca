import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { difference } from '../audit/audit-entry.ts'
import { Problem } from '../errors.ts'
import type { PoolClient } from '../database/pool.ts'
import { listMoves, progressOf } from '../rollouts/progress-store.ts'
import type { Rollout } from '../rollouts/rollout.ts'
import { announce, changeRollout, findRollout, insertRollout, listRollouts, lockRollout, resumeRollout, rolloutNotFound, setState } from '../rollouts/rollout-store.ts'
import type { ApiOptions } from './api-options.ts'
import type { AuditNote } from './audit-trail.ts'
import { untilGone } from './client.ts'
import { page, readCursor } from './cursor.ts'
import { wantsStream } from './event-stream.ts'
import { once } from './idempotency.ts'
import { answer, BODY, MUTATION, problemAnswers } from './responses.ts'
import { MoveBody, moveBody, newRollout, RolloutBody, rolloutBody, RolloutInput, RolloutParams, RolloutPatch, RolloutQuery } from './rollout-schemas.ts'
import { awaitRollout, streamRollout } from './rollout-stream.ts'
import { DEFAULT_PAGE_LIMIT, MutationHeaders, named, PAGE_QUERY, pageOf, WaitQuery } from './schemas.ts'

const LIST = 'rollouts'
const RolloutsQuery = Type.Object(PAGE_QUERY, { additionalProperties: false })
const WithMoves = Type.Object({ ...RolloutBody.properties, moves: pageOf(named(MoveBody)) })

interface Action {
  name: 'pause' | 'resume' | 'abort'
  summary: string
  act: (tx: PoolClient, rollout: Rollout) => Promise<void>
}

/** What can be asked of a rollout that has not ended. What is so already is fine. */
const ACTIONS: Action[] = [
  {
    name: 'pause',
    summary: 'Begins with no more tenants; those that are under way come to their end',
    act: async (tx, { id, state }) => { if (state === 'running') await turn(tx, id, 'paused', 'It was paused by hand.') }
  },
  {
    name: 'resume',
    summary: 'Goes on with a paused rollout; tenants that failed have their turn again',
    act: async (tx, rollout) => { if (rollout.state === 'paused') await resumeRollout(tx, rollout) }
  },
  {
    name: 'abort',
    summary: 'Ends a rollout; tenants that are under way come to their end, those that were moved stay where they are',
    act: async (tx, { id, state }) => { if (state !== 'aborting') await turn(tx, id, 'aborting', 'It is being aborted.') }
  }
]

async function turn (tx: PoolClient, id: string, state: Rollout['state'], reason: string): Promise<void> {
  await setState(tx, id, state, reason)
  await announce(tx, id)
}

export const rollouts: FastifyPluginAsyncTypebox<ApiOptions> = async (app, options) => {
  const { pool } = options
  const answers = (status: 200 | 201, description: string): Record<number, object> => ({
    [status]: answer(description, named(RolloutBody)),
    202: { ...answer('Under way', named(RolloutBody)), headers: { location: { type: 'string', description: 'the rollout, to look at' } } }
  })

  app.post('/rollouts', {
    config: { scope: 'operate', action: 'rollout.create' },
    schema: {
      operationId: 'createRollout',
      summary: 'Moves tenants to a release, wave after wave',
      description: 'Each tenant is deployed as by itself. One whose deploy fails stays at its old release; when more fail than may, the rollout pauses, or brings back those that it moved. Suspended tenants are moved without being started; tenants that are created meanwhile begin at the release, when all are moved.',
      tags: ['rollouts'],
      headers: MutationHeaders,
      querystring: WaitQuery,
      body: RolloutInput,
      response: { ...answers(201, 'Ended, or paused'), ...problemAnswers(...BODY, ...MUTATION, 'invalid_wait', 'unknown_release', 'release_verifying', 'release_rejected', 'unknown_tenants', 'rollout_overlaps') }
    }
  }, async (request, reply) => await mutate(request, reply, 201, async (tx, note) => {
    const rollout = newRollout(request.body)
    const id = await insertRollout(tx, rollout)
    Object.assign(note, { target: { kind: 'rollout', id, name: rollout.release }, after: rollout, status: 202 })
    return { id }
  }))

  app.get('/rollouts', {
    config: { scope: 'read' },
    schema: {
      operationId: 'listRollouts',
      summary: 'Lists rollouts, newest first',
      tags: ['rollouts'],
      querystring: RolloutsQuery,
      response: { 200: answer('A page', pageOf(named(RolloutBody))), ...problemAnswers('invalid_cursor', 'validation_failed') }
    }
  }, async request => {
    const { limit = DEFAULT_PAGE_LIMIT, cursor } = request.query
    const { items, next } = await listRollouts(pool, readCursor(LIST, cursor), limit)
    return page(LIST, await Promise.all(items.map(bodyOf)), next)
  })

  app.get('/rollouts/:rollout', {
    config: { scope: 'read' },
    exposeHeadRoute: false,
    schema: {
      operationId: 'getRollout',
      summary: 'Shows a rollout and, page by page, where each of its tenants is; or streams how it goes',
      description: 'With "Accept: text/event-stream" an event "progress" has the rollout as it is, without its tenants, now and whenever that changed; "ended" is the last.',
      tags: ['rollouts'],
      params: RolloutParams,
      querystring: RolloutQuery,
      response: {
        200: { description: 'The rollout with a page of its tenants, or the stream', content: { 'application/json': { schema: WithMoves }, 'text/event-stream': { schema: Type.String() } } },
        ...problemAnswers('rollout_not_found', 'invalid_cursor', 'validation_failed')
      }
    }
  }, async (request, reply) => {
    const { id } = await existing(request.params.rollout)
    if (wantsStream(request.headers.accept)) {
      reply.headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' }).type('text/event-stream; charset=utf-8')
      return (reply as FastifyReply).send(Readable.from(streamRollout(options, id, untilGone(reply, options.closing)), { objectMode: false }))
    }
    const { limit = DEFAULT_PAGE_LIMIT, cursor, state } = request.query
    const list = `rollout/${id}`
    const { items, next } = await listMoves(pool, id, { after: readCursor(list, cursor) ?? 0, limit, state })
    return { ...await bodyOf(await existing(id)), moves: page(list, items.map(moveBody), next) }
  })

  app.patch('/rollouts/:rollout', {
    config: { scope: 'operate', action: 'rollout.change' },
    schema: {
      operationId: 'changeRollout',
      summary: 'Changes a rollout that has not ended; its release while it is paused',
      description: 'With another release, such as one in which is mended what made tenants fail, every tenant that is not there yet has its turn again. Resume it then.',
      tags: ['rollouts'],
      headers: MutationHeaders,
      params: RolloutParams,
      body: RolloutPatch,
      response: { 200: answer('Changed', named(RolloutBody)), ...problemAnswers(...BODY, ...MUTATION, 'rollout_not_found', 'rollout_ended', 'rollout_not_paused', 'unknown_release', 'release_verifying', 'release_rejected') }
    }
  }, async (request, reply) => {
    const { id } = await once(pool, request, async (tx, note) => {
      const rollout = await underWay(tx, request.params.rollout)
      if (request.body.release !== undefined && rollout.state !== 'paused') throw new Problem('rollout_not_paused', `The rollout is ${rollout.state}; pause it, and give it another release then.`)
      await changeRollout(tx, rollout, request.body)
      await compare(tx, note, rollout)
      return { id: rollout.id }
    })
    return reply.send(await bodyOf(await existing(id)))
  })

  for (const { name, summary, act } of ACTIONS) {
    app.post(`/rollouts/:rollout/${name}`, {
      config: { scope: 'operate', action: `rollout.${name}` },
      schema: {
        operationId: `${name}Rollout`,
        summary,
        tags: ['rollouts'],
        headers: MutationHeaders,
        params: RolloutParams,
        querystring: WaitQuery,
        response: { ...answers(200, 'Nothing of it is under way'), ...problemAnswers(...MUTATION, 'invalid_wait', 'rollout_not_found', 'rollout_ended') }
      }
    }, async (request, reply) => await mutate(request, reply, 200, async (tx, note) => {
      const rollout = await underWay(tx, request.params.rollout)
      await act(tx, rollout)
      await compare(tx, note, rollout)
      return { id: rollout.id }
    }))
  }

  async function mutate (request: FastifyRequest, reply: FastifyReply, status: number, work: (tx: PoolClient, note: AuditNote) => Promise<{ id: string }>): Promise<FastifyReply> {
    const { id } = await once(pool, request, work)
    const { wait = 0 } = request.query as { wait?: number }
    const still = await awaitRollout(options, id, wait, untilGone(reply, options.closing))
    if (!still || status === 201) reply.header('location', `/v1/rollouts/${id}`)
    return reply.code(still ? status : 202).send(await bodyOf(await existing(id)))
  }

  async function compare (tx: PoolClient, note: AuditNote, before: Rollout): Promise<void> {
    const { id, release } = before
    Object.assign(note, { target: { kind: 'rollout', id, name: release }, ...difference(before, await findRollout(tx, id) ?? before) })
  }

  async function underWay (tx: PoolClient, id: string): Promise<Rollout> {
    const rollout = await lockRollout(tx, id)
    if (rollout.endedAt !== null) throw new Problem('rollout_ended', `The rollout "${id}" has ended (${rollout.state}); begin another.`)
    return rollout
  }

  async function existing (id: string): Promise<Rollout> {
    const rollout = await findRollout(pool, id)
    if (rollout === null) throw rolloutNotFound(id)
    return rollout
  }

  async function bodyOf (rollout: Rollout) {
    return rolloutBody(rollout, await progressOf(pool, rollout))
  }
}
