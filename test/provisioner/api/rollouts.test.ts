import t from 'tap'
import { inTransaction } from '../../../provisioner/database/pool.ts'
import { advanceRollout } from '../../../provisioner/rollouts/advance-rollout.ts'
import { waitFor } from '../../world/wait-for.ts'
import { startApi } from './api-world.ts'

interface Body { id: string, state: string, reason: string, release: string, counts: Record<string, number>, releases: Record<string, number>, wave: number | null, waves: number, secondsLeft: number | null, moves: { items: Array<{ slug: string, state: string, from: string, release: string, message: string }>, nextCursor: string | null } }

// Nobody works on tenants here: the test says what became of each, and looks at the rollout in place of those that drive it.
const { call, release, tenant, settle, stream, pool } = await startApi(t, 'bt-api-roll')
for (const version of ['2.0', '3.0']) await release(version)
const slugs = ['a1', 'a2', 'a3', 'b1', 'b2', 'b3']
const ids = new Map<string, string>()
for (const slug of slugs) {
  const id = await tenant(slug, { release: slug === 'b3' ? '2.0' : '1.0' })
  ids.set(slug, id)
  await settle(id)
}

const begin = async (body: object) => await call('POST', '/v1/rollouts', { body })
const look = async (id: string): Promise<Body> => {
  await inTransaction(pool, async tx => { await advanceRollout(tx, id) })
  return (await call('GET', `/v1/rollouts/${id}`)).json<Body>()
}
const fail = async (slug: string) => {
  await pool.query('UPDATE tenants SET failure = $2, observed_generation = generation WHERE id = $1', [ids.get(slug), { condition: 'Migrated', reason: 'R', message: 'no such column', attempts: 1, retryAt: null }])
}
const where = (body: Body): string => body.moves.items.map(({ slug, state, release }) => `${slug} ${state} ${release}`).join(', ')

t.test('what cannot be begun', async t => {
  for (const [body, status, code] of [
    [{}, 422, 'validation_failed'], [{ release: '9' }, 422, 'unknown_release'], [{ release: '2.0', tenants: ['a1', 'nobody'] }, 422, 'unknown_tenants'],
    [{ release: '2.0', tenants: [] }, 422, 'validation_failed'], [{ release: '2.0', tenants: {} }, 422, 'validation_failed'], [{ release: '2.0', canary: '0%' }, 422, 'validation_failed'],
    [{ release: '2.0', concurrency: 0 }, 422, 'validation_failed'], [{ release: '2.0', onFailure: 'panic' }, 422, 'validation_failed']
  ] as const) t.match([(await begin(body)).status, (await begin(body)).json()], [status, { code }], JSON.stringify(body))
  t.match((await begin({ release: '2.0', tenants: ['a1', 'nobody'] })).json(), { detail: /nobody/ })
  await call('POST', '/v1/releases', { body: { version: '4.0', image: 'berth-base' } })
  const early = await begin({ release: '4.0' })
  t.match([early.status, early.json()], [409, { code: 'release_verifying' }], 'it is still being proven')
  t.match((await call('GET', '/v1/rollouts/ro_x')).json(), { code: 'rollout_not_found' })
  t.match((await call('POST', '/v1/rollouts/ro_x/pause')).json(), { code: 'rollout_not_found' })
})

t.test('a rollout that has nothing to do has ended when it is answered', async t => {
  const answer = await begin({ release: '1.0', tenants: { slug: 'a' } })
  t.match([answer.status, answer.json()], [201, { state: 'done', reason: 'Every tenant was at the release already.', counts: { unchanged: 3, waiting: 0 }, releases: { '1.0': 3 } }])
  const none = await begin({ release: '1.0', tenants: { slug: 'nobody-' } })
  t.match([none.status, none.json()], [201, { state: 'done', reason: 'No tenant matches.', counts: { unchanged: 0, waiting: 0 }, releases: {} }])
  t.match((await call('GET', '/v1/tenants/a1')).json(), { generation: 1 })
})

t.test('canary, waves, failure, another release, resume', async t => {
  const begun = await begin({ release: '2.0', canary: 1, waves: 2, concurrency: 2 })
  t.match([begun.status, begun.headers.location], [202, /^\/v1\/rollouts\/ro_/])
  const { id } = begun.json<Body>()
  const followed = await stream(`/v1/rollouts/${id}`, { accept: 'text/event-stream' })
  t.match(await look(id), { state: 'running', wave: 1, waves: 3, counts: { moving: 1, waiting: 4, unchanged: 1 } })
  t.match(await look(id), { counts: { moving: 1, waiting: 4 } }, 'the canary alone')

  const overlap = await begin({ release: '3.0', tenants: ['a2', 'b1'] })
  t.match([overlap.status, overlap.json()], [409, { code: 'rollout_overlaps', detail: new RegExp(`${id}.*a2, b1`) }])

  await settle(ids.get('a1') as string)
  t.match(await look(id), { counts: { moved: 1, moving: 2 }, wave: 2, releases: { '1.0': 2, '2.0': 4 } })
  await settle(ids.get('a2') as string)
  await fail('a3')
  const stopped = await look(id)
  t.match(stopped, { state: 'paused', reason: /1 failed/, counts: { failed: 1, moved: 2, waiting: 2 } })
  t.equal(where(stopped), 'a1 moved 2.0, a2 moved 2.0, a3 failed 1.0, b1 waiting 1.0, b2 waiting 1.0, b3 unchanged 2.0')
  t.match(stopped.moves.items[2], { message: 'no such column' })
  t.match((await call('GET', '/v1/tenants/a3/events')).json<{ items: object[] }>().items.slice(0, 2), [{ reason: 'ReleasePutBack', data: { from: '2.0', to: '1.0' } }, { reason: 'DeployRequested', data: { from: '1.0', to: '2.0', rollout: id } }])

  t.match((await call('PATCH', `/v1/rollouts/${id}`, { body: { release: '3.0', concurrency: 8 } })).json(), { release: '3.0', counts: { waiting: 6 } })
  t.match((await call('POST', `/v1/rollouts/${id}/resume`)).json(), { state: 'running' })
  for (let i = 0; i < 3; i++) {
    await look(id)
    for (const slug of slugs) await settle(ids.get(slug) as string)
  }
  const done = await look(id)
  t.match(done, { state: 'done', counts: { moved: 6 }, releases: { '3.0': 6 }, secondsLeft: null })
  t.ok(await followed.ended)
  t.match(followed.text(), /event: progress\ndata: \{"id":"ro_.*"state":"paused".*event: ended\ndata: \{"state":"done"\}/s)
  t.match((await call('POST', `/v1/rollouts/${id}/resume`)).json(), { code: 'rollout_ended' })
  const first = (await call('GET', `/v1/rollouts/${id}?limit=4`)).json<Body>().moves
  t.equal(first.items.length, 4)
  t.equal((await call('GET', `/v1/rollouts/${id}?limit=4&cursor=${first.nextCursor as string}`)).json<Body>().moves.items.map(({ slug }) => slug).join(), 'b2,b3')
})

t.test('too many failures bring back those that were moved', async t => {
  const { id } = (await begin({ release: '1.0', tenants: { slug: 'a', release: '3.0' }, onFailure: 'rollback', concurrency: 2 })).json<Body>()
  await look(id)
  await settle(ids.get('a1') as string)
  await fail('a2')
  t.match(await look(id), { state: 'rolling-back' })
  t.match(await look(id), { counts: { returning: 1, failed: 1, waiting: 1 } })
  await settle(ids.get('a1') as string)
  const ended = await waitFor('the end', async () => { const body = await look(id); return body.state === 'rolled-back' ? body : null })
  t.equal(where(ended), 'a1 returned 3.0, a2 failed 3.0, a3 skipped 3.0')
})

t.test('who is deployed by hand, suspended, made or deleted meanwhile', async t => {
  for (const slug of slugs) await settle(ids.get(slug) as string)
  await call('POST', '/v1/tenants/b1/suspend')
  const { id } = (await begin({ release: '2.0', concurrency: 6 })).json<Body>()
  await look(id)
  await call('POST', '/v1/tenants/a1/deploy', { body: { release: '1.0' } })
  await call('DELETE', '/v1/tenants/a2')
  await pool.query('DELETE FROM tenants WHERE id = $1', [ids.get('a3')])
  t.match((await call('POST', '/v1/tenants', { body: { slug: 'young' } })).json(), { release: '2.0' })
  for (const slug of ['b1', 'b2', 'b3']) await settle(ids.get(slug) as string)
  await look(id)
  const ended = await look(id)
  t.equal(ended.state, 'done')
  t.equal(where(ended), 'a1 skipped 1.0, a2 skipped 2.0, b1 moved 2.0, b2 moved 2.0, b3 moved 2.0')
  t.match((await call('GET', '/v1/tenants/b1')).json(), { status: 'suspended' })
  t.match((await call('POST', '/v1/tenants', { body: { slug: 'younger' } })).json(), { release: '3.0' }, 'the newest again')
})

t.test('pause and abort', async t => {
  const { id } = (await begin({ release: '1.0', tenants: ['b2', 'b3'], concurrency: 1 })).json<Body>()
  await look(id)
  t.match((await call('PATCH', `/v1/rollouts/${id}`, { body: { release: '3.0' } })).json(), { code: 'rollout_not_paused' })
  for (let i = 0; i < 2; i++) t.match((await call('POST', `/v1/rollouts/${id}/pause`)).json(), { state: 'paused' })
  await settle(ids.get('b2') as string)
  t.match(await look(id), { state: 'paused', counts: { moved: 1, waiting: 1 } })
  t.match((await call('POST', `/v1/rollouts/${id}/abort`)).json(), { state: 'aborting' })
  t.match(await look(id), { state: 'aborted', counts: { moved: 1, skipped: 1 } })
  t.match((await call('GET', '/v1/rollouts?limit=1')).json(), { items: [{ id }], nextCursor: /./ })
})
