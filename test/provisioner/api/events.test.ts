import t from 'tap'
import { appendEvent, eventsAfter } from '../../../provisioner/tenants/event-store.ts'
import { findTenant } from '../../../provisioner/tenants/tenant-store.ts'
import { streamEvents } from '../../../provisioner/api/event-stream.ts'
import type { EventSource } from '../../../provisioner/api/event-stream.ts'
import { waitFor } from '../../world/wait-for.ts'
import { startApi } from './api-world.ts'

interface Page { items: Array<{ id: number, reason: string, data: unknown }>, nextCursor: string | null }
const SSE = { accept: 'text/event-stream' }

const world = await startApi(t, 'bt-api-events')
const { call, stream, forget, pool, presence } = world
/** A tenant of whose events none is there yet. */
const sourceOf = (id: string): EventSource => ({
  id, after: async (after, limit) => await eventsAfter(pool, id, after, limit), exists: async () => await findTenant(pool, id) !== null
})
const tenant = async (slug: string): Promise<string> => {
  const made = await world.tenant(slug)
  await pool.query('DELETE FROM events WHERE tenant_id = $1', [made])
  return made
}
const id = await tenant('acme')
const other = await tenant('other')
const tell = async (reason: string, tenantId = id, data?: Record<string, unknown>) =>
  await appendEvent(pool, tenantId, { reason, message: `${reason}\nhappened`, ...(data === undefined ? {} : { data }) })
const told = (text: string) => [...text.matchAll(/^event: (.+)$/gm)].map(match => match[1])
const lastId = (text: string) => [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] as string

t.test('the list, newest first, page by page', async t => {
  t.same((await call('GET', '/v1/tenants/acme/events')).json(), { items: [], nextCursor: null })
  for (const reason of ['One', 'Two', 'Three']) await tell(reason, id, reason === 'Two' ? { output: ['a', 'b'], code: 3 } : undefined)
  await tell('Elsewhere', other)
  const first = (await call('GET', '/v1/tenants/acme/events?limit=2')).json<Page>()
  t.match(first.items, [{ reason: 'Three', level: 'info', message: 'Three\nhappened', data: null }, { reason: 'Two', data: { output: ['a', 'b'], code: 3 } }])
  const second = (await call('GET', `/v1/tenants/acme/events?limit=2&cursor=${first.nextCursor as string}`)).json<Page>()
  t.same([second.items.map(item => item.reason), second.nextCursor], [['One'], null])
})

t.test('the stream: what is kept, then what comes', async t => {
  const events = await stream(`/v1/tenants/${id}/events`, SSE)
  t.match([events.status, events.headers['content-type'], events.headers['cache-control']], [200, 'text/event-stream; charset=utf-8', 'no-store'])
  await waitFor('what is kept', () => told(events.text()).length === 3)
  t.match(events.text(), /^retry: \d+\n\nid: \d+\nevent: One\ndata: \{.*\}\n\n/)
  await tell('Four')
  await tell('Elsewhere', other)
  await tell('Five')
  await waitFor('what comes', () => told(events.text()).length === 5)
  t.same(told(events.text()), ['One', 'Two', 'Three', 'Four', 'Five'])

  events.leave()
  await waitFor('nobody to listen', () => presence.listenerCount('berth_events') === 0)
  await tell('Six')
  const resumed = await stream(`/v1/tenants/${id}/events`, { ...SSE, 'last-event-id': lastId(events.text()) })
  await waitFor('what was missed', () => told(resumed.text()).length > 0)
  t.same(told(resumed.text()), ['Six'])
})

t.test('more than one read of the database holds', async () => {
  for (let n = 0; n < 250; n++) await tell('Many', other)
  const events = await stream(`/v1/tenants/${other}/events`, SSE)
  await waitFor('all of them', () => told(events.text()).length === 252)
})

t.test('it ends when the tenant is gone', async t => {
  const brief = await tenant('brief')
  const events = await stream(`/v1/tenants/${brief}/events`, SSE)
  await tell('Last', brief)
  await waitFor('the last event', () => told(events.text()).length === 1)
  await forget(brief)
  t.equal(await events.ended, true)
  t.same(told(events.text()), ['Last', 'deleted'])
  t.equal((await stream(`/v1/tenants/${brief}/events`, SSE)).status, 404)
})

t.test('a client that is slow to read holds up only itself', async t => {
  const listening = presence.listenerCount('berth_events')
  const leaving = new AbortController()
  const slow = streamEvents(world, sourceOf(other), 0, leaving.signal, 60_000)
  const chunks = [await slow.next(), await slow.next()]
  t.match(chunks.map(chunk => chunk.value), [/^retry/, /^id: \d+\nevent: Elsewhere/], 'one at a time, as it asks')
  await slow.return(undefined)
  t.equal(presence.listenerCount('berth_events'), listening, 'nothing is left when it leaves')
})

t.test('a heartbeat while nothing happens', async t => {
  const leaving = new AbortController()
  const quiet = streamEvents(world, sourceOf(await tenant('silent')), 0, leaving.signal, 1)
  t.match([(await quiet.next()).value, (await quiet.next()).value, (await quiet.next()).value], [/^retry/, ': still here\n\n', ': still here\n\n'])
  leaving.abort()
  await quiet.return(undefined)
})
