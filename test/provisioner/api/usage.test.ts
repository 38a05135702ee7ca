import t from 'tap'
import { inTransaction } from '../../../provisioner/database/pool.ts'
import { NOTHING } from '../../../provisioner/usage/usage.ts'
import type { Used } from '../../../provisioner/usage/usage.ts'
import { addUsage } from '../../../provisioner/usage/usage-store.ts'
import { request } from '../../world/http.ts'
import type { Response } from '../../world/http.ts'
import { waitFor } from '../../world/wait-for.ts'
import { startApi } from './api-world.ts'

const { call, config, forget, pool, presence, settle, stream, tenant } = await startApi(t, 'bt-api-usage')
const MINUTE = 60_000
/** In the middle of an hour that is over, so that nothing of it lies in another or is still to come. */
const minute = Math.floor(Date.now() / 3_600_000) * 60 - 30
const at = (offset: number): string => new Date((minute + offset) * MINUTE).toISOString()
const use = async (tenantId: string, offset: number, used: Partial<Used>): Promise<void> => {
  await inTransaction(pool, async tx => { await addUsage(tx, [{ ...NOTHING, ...used, tenantId, minute: minute + offset }]) })
}

const acme = await tenant('acme', { name: '=Acme, "Ltd"' })
const beta = await tenant('beta')
const gone = await tenant('gone')
await use(acme, 0, { requests: 100, errors: 2, bytesIn: 10, bytesOut: 20, latency: [0, 0, 0, 0, 90, 0, 0, 0, 10], cpuUs: 1_500_000, memoryByteSeconds: 600 * 60, memorySeconds: 60, databaseByteSeconds: 7200 * 60, databaseSeconds: 60 })
await use(acme, 1, { requests: 1, latency: [1] })
await use(beta, 0, { requests: 7, errors: 7 })
await use(gone, 0, { requests: 3 })
await forget(gone)

const SSE = { accept: 'text/event-stream' }

interface Point { at: string, requests: number, errors: number, latency: { p50Ms: number, p99Ms: number } | null, cpuSeconds: number | null, memoryBytes: number | null, databaseBytes: number | null }
interface Series { from: string, to: string, step: string, points: Point[] }
interface Bill { tenantId: string, slug: string, at: string | null, requests: number, deleted: boolean, databaseByteHours: number }

/** A token that is limited to one tenant. */
const limited = (await call('POST', '/v1/tokens', { body: { name: 'one', scope: 'read', tenants: ['acme'] } })).json<{ secret: string }>().secret
const asLimited = async (path: string): Promise<Response> => await request({ port: config.api.port, path, headers: { authorization: `Bearer ${limited}` } })

t.test('what a tenant used by the minute', async t => {
  const { step, points } = (await call('GET', `/v1/tenants/acme/usage?from=${at(-1)}&to=${at(3)}`)).json<Series>()
  t.equal(step, 'minute')
  t.match(points, [
    { at: at(-1), requests: 0, latency: null, cpuSeconds: null, memoryBytes: null, databaseBytes: null },
    { at: at(0), requests: 100, errors: 2, bytesIn: 10, bytesOut: 20, cpuSeconds: 1.5, memoryBytes: 600, databaseBytes: 7200 },
    { at: at(1), requests: 1, cpuSeconds: null },
    { at: at(2), requests: 0 }
  ])
  t.ok((points[1]?.latency?.p50Ms ?? 0) > 1 && (points[1]?.latency?.p50Ms ?? 9) <= 2)
  t.ok((points[1]?.latency?.p99Ms ?? 0) > 4)
})

t.test('and by the hour', async t => {
  const { step, points } = (await call('GET', `/v1/tenants/${acme}/usage?from=${new Date(Date.now() - 3 * 86_400_000).toISOString()}`)).json<Series>()
  t.equal(step, 'hour', 'minutes are not kept for so long')
  t.ok(points.length >= 72 && points.length <= 74)
  const before = (await call('GET', `/v1/tenants/acme/usage?from=${at(-3 * 1440)}&to=${at(-3 * 1440 + 120)}`)).json<Series>()
  t.match(before, { step: 'hour' }, 'nor of so long ago')
  t.match(points.filter(({ requests }) => requests > 0), [{ requests: 101, errors: 2, cpuSeconds: 1.5, memoryBytes: 600 }])
})

t.test('what cannot be asked', async t => {
  for (const [query, status, code] of [
    ['from=yesterday', 422, 'validation_failed'], [`from=${at(1)}&to=${at(0)}`, 422, 'validation_failed'], ['step=second', 422, 'validation_failed'],
    [`step=minute&from=${at(-3 * 1440)}`, 422, 'validation_failed'], ['from=2001-01-01T00:00:00Z', 422, 'validation_failed']
  ] as const) {
    const answer = await call('GET', `/v1/tenants/acme/usage?${query}`)
    t.match([answer.status, answer.json()], [status, { code }], query)
  }
  t.equal((await call('GET', '/v1/tenants/nobody/usage')).status, 404)
})

t.test('bills', async t => {
  const span = `from=${at(-60)}&to=${at(60)}`
  const all = (await call('GET', `/v1/usage?${span}`)).json<{ items: Bill[], nextCursor: string | null }>()
  t.match(all.items, [
    { tenantId: acme, slug: 'acme', at: null, requests: 101, errors: 2, cpuSeconds: 1.5, memoryByteSeconds: 36_000, databaseByteHours: 120, deleted: false },
    { tenantId: beta, requests: 7 }, { tenantId: gone, slug: 'gone', requests: 3, deleted: true }
  ])
  t.equal(all.nextCursor, null)
  const first = (await call('GET', `/v1/usage?${span}&limit=2`)).json<{ items: Bill[], nextCursor: string }>()
  t.equal(first.items.length, 2)
  const second = (await call('GET', `/v1/usage?${span}&limit=2&cursor=${first.nextCursor}`)).json<{ items: Bill[], nextCursor: null }>()
  t.match([second.items.map(({ slug }) => slug), second.nextCursor], [['gone'], null])
  const hours = (await call('GET', `/v1/usage?${span}&step=hour`)).json<{ items: Bill[] }>()
  t.match(hours.items[0], { slug: 'acme', at: new Date(Math.floor(minute / 60) * 3_600_000).toISOString() })
  const early = new Date(Date.now() - 50 * 86_400_000)
  t.strictSame((await call('GET', `/v1/usage?from=${early.toISOString()}&to=${new Date(early.getTime() + 86_400_000).toISOString()}`)).json<{ items: Bill[] }>().items, [])
  t.match((await call('GET', '/v1/usage?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z')).json(), { code: 'validation_failed', invalidParams: [{ pointer: '/from', detail: /kept for 90 days/ }] }, 'what is forgotten is not nothing')
})

t.test('bills as CSV', async t => {
  const path = `/v1/usage?from=${at(-60)}&to=${at(60)}`
  const csv = await call('GET', `${path}&format=csv`)
  t.match(csv.headers['content-type'], /^text\/csv/)
  const [header, first, , last, end] = csv.text.split('\r\n')
  t.equal(header, 'tenantId,slug,name,deleted,at,requests,errors,bytesIn,bytesOut,cpuSeconds,memoryByteSeconds,databaseByteHours')
  t.equal(first, `${acme},acme,"'=Acme, ""Ltd""",false,,101,2,10,20,1.5,36000,120`, 'a name is not a formula')
  t.match(last, /^tn_\w+,gone,gone,true,,3,/)
  t.equal(end, '')
  t.equal((await call('GET', path, { headers: { accept: 'text/csv' } })).text, csv.text)
})

t.test('a limited token sees its own', async t => {
  t.equal((await asLimited('/v1/tenants/acme/usage')).status, 200)
  t.equal((await asLimited('/v1/tenants/beta/usage')).status, 404)
  t.strictSame((await asLimited(`/v1/usage?from=${at(-60)}`)).json<{ items: Bill[] }>().items.map(({ slug }) => slug), ['acme'])
  const overview = (await asLimited('/v1/overview')).json<{ tenants: { total: number }, traffic: { points: Point[] }, machine: null, rollouts: [] }>()
  t.match(overview, { tenants: { total: 1 }, machine: null, databaseServers: [], rollouts: [] })
  t.equal(overview.traffic.points.reduce((sum, { requests }) => sum + requests, 0), 101)
})

t.test('the overview', async t => {
  await settle(beta)
  await pool.query("UPDATE tenants SET failure = '{}', conditions = $2 WHERE id = $1", [acme, JSON.stringify([
    { type: 'DatabaseReady', status: 'True', reason: 'Ready', message: 'fine', since: at(0), observedGeneration: 1 },
    { type: 'InstanceHealthy', status: 'False', reason: 'Crashed', message: 'It ended.', since: at(0), observedGeneration: 1 }
  ])])
  const answer = await call('GET', '/v1/overview')
  t.equal(answer.status, 200, answer.text)
  const overview = answer.json<{ traffic: { points: Point[] }, machine: Record<string, number>, databaseServers: Array<Record<string, unknown>> }>()
  t.match(overview, {
    tenants: { total: 2, byStatus: { failed: 1, ready: 1 } },
    attention: [{ tenant: { id: acme, slug: 'acme' }, status: 'failed', condition: { type: 'InstanceHealthy', reason: 'Crashed', message: 'It ended.', since: at(0) } }],
    releases: [{ version: '1.0', tenants: 2, state: 'usable' }],
    traffic: { step: 'hour' },
    rollouts: []
  })
  t.equal(overview.traffic.points.length, 24)
  t.equal(overview.traffic.points.reduce((sum, { requests }) => sum + requests, 0), 111, 'with those of tenants that are gone')
  for (const [name, value] of Object.entries(overview.machine)) t.ok(value >= 0 && Number.isFinite(value), name)
  t.equal(overview.machine.tenantMemoryLimitBytes, 2 * 256 * 2 ** 20)
  t.match(overview.databaseServers, [{ name: 'default', host: '127.0.0.1', databases: null }])
  t.ok(Number(overview.databaseServers[0]?.connections) > 0)
})

t.test('one that takes long needs somebody, one that has just begun does not', async t => {
  const slow = await tenant('slow')
  const inNeed = async () => (await call('GET', '/v1/overview')).json<{ attention: Array<{ tenant: { slug: string }, condition: null }> }>().attention.filter(({ tenant: { slug } }) => slug === 'slow')
  t.strictSame(await inNeed(), [])
  await pool.query("UPDATE tenants SET created_at = now() - interval '1 hour' WHERE id = $1", [slow])
  t.match(await inNeed(), [{ status: 'provisioning', condition: null }])
})

t.test('the stream is one only for those who ask for it', async t => {
  t.match((await call('GET', '/v1/stream')).json(), { status: 406, code: 'not_acceptable' })
})

t.test('the stream tells of tenants, releases and rollouts', async t => {
  const live = await stream('/v1/stream', SSE)
  t.match(live.headers['content-type'], /^text\/event-stream/)
  const said = async (what: string): Promise<unknown> => await waitFor(what, () => live.text().includes(what))
  await said('event: resync\ndata: {}\n\n')
  const id = await tenant('live')
  await said(`event: tenant\ndata: {"id":"${id}","slug":"live","status":"provisioning","generation":1,"observedGeneration":0}\n\n`)
  await settle(id)
  await said(`"id":"${id}","slug":"live","status":"ready"`)
  await call('POST', '/v1/releases', { body: { version: '2.0', image: 'berth-base' } })
  await pool.query("SELECT pg_notify('berth_events', (SELECT id FROM releases WHERE version = '2.0'))")
  await said('event: release\ndata: {"version":"2.0","state":"verifying"}\n\n')
  const rollout = (await call('POST', '/v1/rollouts', { body: { release: '1.0', tenants: ['live'] } })).json<{ id: string }>()
  await said(`event: rollout\ndata: {"id":"${rollout.id}","release":"1.0","state":"done","done":1,"total":1}\n\n`)
  await forget(id)
  await said(`event: gone\ndata: {"id":"${id}"}\n\n`)
  live.leave()
})

t.test('a limited token hears of its own, and after a gap everything is read again', async t => {
  const live = await stream('/v1/stream', { ...SSE, authorization: `Bearer ${limited}` })
  await waitFor('the beginning', () => live.text().includes('event: resync'))
  await settle(beta)
  await settle(acme)
  await waitFor('its own', () => live.text().includes(`"id":"${acme}"`))
  t.notMatch(live.text(), beta)
  presence.emit('berth_settled', '')
  await waitFor('everything', () => live.text().split('event: resync').length === 3)
  live.leave()
})
