// What the program does about connections that fail, with real ones: a server that breaks them.
import t from 'tap'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Api } from '../../../provisioner/cli/api.ts'
import { serverSentEvents } from '../../../provisioner/cli/event-stream.ts'
import { Http } from '../../../provisioner/cli/http.ts'
import type { Teardown } from '../../world/teardown.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A server that treats the first request by the first of `answers`, and so on; all that follow by the last. */
async function serve (t: Teardown, ...answers: Answer[]): Promise<{ api: Api, seen: IncomingMessage[], leave: () => void }> {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    const answer = answers[Math.min(seen.push(request), answers.length) - 1] as Answer
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const http = new Http(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  const leaving = new AbortController()
  t.teardown(() => {
    http.close()
    server.closeAllConnections()
    server.close()
  })
  return { api: new Api(http, 'token', leaving.signal), seen, leave: () => { leaving.abort(new Error('left')) } }
}

const breaks: Answer = request => { request.socket.destroy() }
const json = (status: number, body: unknown): Answer => (_request, response) => { response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)) }

t.test('a mutation whose answer is lost is sent again with its key', async t => {
  const { api, seen } = await serve(t, breaks, json(503, { code: 'unavailable' }), json(201, { id: 'tn_1' }))
  t.strictSame(await api.call('POST', '/v1/tenants', { body: { slug: 'acme' } }), { status: 201, body: { id: 'tn_1' } })
  t.equal(seen.length, 3)
  t.equal(new Set(seen.map(({ headers }) => headers['idempotency-key'])).size, 1)
  t.match(seen[0]?.headers, { 'idempotency-key': /^cli-/, authorization: 'Bearer token', 'content-type': 'application/json' })
})

t.test('what is answered no is not sent again', async t => {
  const { api, seen } = await serve(t, json(409, { title: 'The slug is in use', code: 'slug_taken' }))
  await t.rejects(api.call('POST', '/v1/tenants', { body: {} }), { name: 'ApiError', exitCode: 5, message: 'The slug is in use' })
  t.equal(seen.length, 1)
})

t.test('who never answers is unreachable in time', async t => {
  const { api, seen } = await serve(t, () => {})
  await t.rejects(api.call('GET', '/v1/tenants', { timeoutMs: 50 }), { name: 'UnreachableError', exitCode: 6 })
  t.equal(seen.length, 1)
})

t.test('a list is read to its end, or as far as is asked', async t => {
  const { api, seen } = await serve(t, json(200, { items: [1, 2], nextCursor: 'c' }), json(200, { items: [3], nextCursor: null }), json(200, { items: [1, 2], nextCursor: 'c' }))
  const read = async (max?: number): Promise<number[]> => {
    const items = []
    for await (const item of api.items<number>('/v1/tenants', { q: 'x' }, max)) items.push(item)
    return items
  }
  t.strictSame(await read(), [1, 2, 3])
  t.strictSame(seen.map(({ url }) => url), ['/v1/tenants?q=x&limit=200', '/v1/tenants?q=x&limit=200&cursor=c'])
  t.strictSame(await read(2), [1, 2])
  t.equal(seen.length, 3)
})

t.test('a stream goes on after the last event, whatever becomes of its connections', async t => {
  const stream = (text: string, end: (response: ServerResponse) => void): Answer => (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(text, () => { end(response) })
  }
  const { api, seen, leave } = await serve(t,
    stream('retry: 1\n\nid: 1\nevent: One\ndata: {"id":1}\n\nid: 2\nevent: Half', response => { response.destroy() }),
    breaks,
    json(503, {}),
    stream('id: 2\nevent: Two\ndata: {}\n\n', response => { response.end() }),
    stream(': still here\n\nid: 3\nevent: Three\ndata: {}\n\n', () => {}))
  const events: Array<string | undefined> = []
  await t.rejects(async () => {
    for await (const { event } of serverSentEvents(api, '/v1/tenants/acme/events', '0')) {
      if (events.push(event) === 3) leave()
    }
  }, /left/)
  t.strictSame(events, ['One', 'Two', 'Three'])
  t.strictSame(seen.map(({ headers }) => headers['last-event-id']), ['0', '1', '1', '1', '2'])
  const gone = await serve(t, json(404, { title: 'There is no such tenant' }))
  await t.rejects(async () => { for await (const { event } of serverSentEvents(gone.api, '/v1/tenants/acme/events')) t.fail(event ?? '') }, /no such tenant/)
})
