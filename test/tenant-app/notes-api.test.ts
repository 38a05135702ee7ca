import t from 'tap'
import type { Note, NotePage } from '../../tenant-app/notes.ts'
import { startMigratedApp } from './tenant-world.ts'

const { app, world } = await startMigratedApp(t, 'bt-ta-api')
const add = (text: unknown) => app.send({ method: 'POST', path: '/api/notes', body: { text } })
const list = async (query = '') => (await app.send({ path: `/api/notes${query}` })).json<NotePage>()

t.test('notes are added, listed newest first and removed', async t => {
  t.same(await list(), { items: [], nextCursor: null })
  const first = await add('first')
  t.equal(first.status, 201)
  t.match(first.json(), { id: Number, text: 'first', createdAt: /^\d{4}-\d\d-\d\dT.*Z$/ })
  const second = (await add(' <b>second</b>\r\nline ')).json<Note>()
  t.equal(second.text, '<b>second</b>\nline')
  t.same(await list(), { items: [second, first.json()], nextCursor: null })

  const pin = async (pinned: unknown) => await app.send({ method: 'PATCH', path: `/api/notes/${second.id}`, body: { pinned } })
  t.match([second.pinned, (await pin(true)).json(), (await list()).items[0]], [false, { id: second.id, pinned: true }, { pinned: true }])
  t.equal((await pin('yes')).status, 422)
  t.same((await pin(false)).json(), second)

  const path = `/api/notes/${first.json<Note>().id}`
  t.equal((await app.send({ method: 'DELETE', path })).status, 204)
  t.equal((await app.send({ method: 'DELETE', path })).status, 404)
  t.same((await list()).items, [second])
})

t.test('a long list comes in pages', async t => {
  await world.sql("INSERT INTO notes (text) SELECT 'note ' || n FROM generate_series(1, 60) AS n")
  const page = await list()
  t.equal(page.items.length, 50)
  t.equal(page.items[0]?.text, 'note 60')
  t.same((await list(`?cursor=${page.nextCursor}&limit=3`)).items.map(({ text }) => text), ['note 10', 'note 9', 'note 8'])
  const end = await list(`?cursor=${page.nextCursor}&limit=100`)
  t.equal(end.items.length, 11)
  t.equal(end.nextCursor, null)
})

t.test('bad input is refused with a problem', async t => {
  const json = { 'content-type': 'application/json' }
  const cases: Array<[Parameters<typeof app.send>[0], number, string]> = [
    [{ method: 'POST', body: { text: '' } }, 422, 'invalid-input'],
    [{ method: 'POST', body: { text: 'x'.repeat(1001) } }, 422, 'invalid-input'],
    [{ method: 'POST', body: { text: 'a\0b' } }, 422, 'invalid-input'],
    [{ method: 'POST', body: { text: { $gt: '' } } }, 422, 'invalid-input'],
    [{ method: 'POST', body: [] }, 422, 'invalid-input'],
    [{ method: 'POST' }, 422, 'invalid-input'],
    [{ method: 'POST', body: '{"text', headers: json }, 400, 'malformed-request'],
    [{ method: 'POST', body: '', headers: json }, 400, 'malformed-request'],
    [{ method: 'POST', body: '{"__proto__": {"text": "x"}}', headers: json }, 400, 'malformed-request'],
    [{ method: 'POST', body: 'text=hello', headers: { 'content-type': 'text/plain' } }, 415, 'unsupported-media-type'],
    [{ method: 'POST', body: 'text=hello', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, 'unsupported-media-type'],
    [{ method: 'POST', body: { text: 'x'.repeat(70_000) } }, 413, 'too-large'],
    [{ method: 'POST', body: { text: 'x' }, headers: { origin: 'http://evil.example' } }, 403, 'cross-site'],
    [{ path: '/api/notes?limit=0' }, 422, 'invalid-input'],
    [{ path: '/api/notes?limit=1&limit=2' }, 422, 'invalid-input'],
    [{ path: '/api/notes?cursor=abc' }, 422, 'invalid-input'],
    [{ method: 'DELETE', path: '/api/notes/abc' }, 404, 'not-found'],
    [{ method: 'PUT' }, 404, 'not-found'],
    [{ path: '/api/nothing', headers: { accept: 'text/html' } }, 404, 'not-found'],
    [{ path: '/%' }, 400, 'malformed-request']
  ]
  const before = (await list()).items[0]
  for (const [options, status, code] of cases) {
    const answer = await app.send({ path: '/api/notes', ...options })
    t.match(answer, { status, headers: { 'content-type': /^application\/problem\+json/ } }, JSON.stringify(options).slice(0, 120))
    t.match(answer.json(), { type: 'about:blank', status, code, title: String, detail: String })
  }
  t.same((await list()).items[0], before, 'nothing was added')
})

t.test('whoami tells the tenant, the database and the role', async t => {
  const answer = await app.send({ path: '/api/whoami', headers: { 'x-tenant-slug': 'demo', 'x-tenant-name': 'Caf%C3%A9' } })
  t.match(answer.json(), {
    tenantId: 'tn_test00000000', slug: 'demo', name: 'Café', database: 'tn_test00000000', user: 'tn_test00000000', hostname: /./
  })
  t.match((await app.send({ path: '/api/whoami' })).json(), { slug: null, name: null })
})

t.test('nothing of what was refused is in the log as an error', async t => {
  t.notMatch(app.output(), '"level":50')
})
