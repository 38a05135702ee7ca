import t from 'tap'
import type { NotePage } from '../../tenant-app/notes.ts'
import { startMigratedApp } from './tenant-world.ts'

const { app, world } = await startMigratedApp(t, 'bt-ta-dashboard')
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const open = async (path = '/', headers: Record<string, string> = {}) => (await app.send({ path, headers })).text
const post = (path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  app.send({ method: 'POST', path, headers: { ...form, ...headers }, body: new URLSearchParams(fields).toString() })

t.test('the form adds a note and leads back, wherever the page is', async t => {
  t.match(await open(), 'No notes yet')
  const answer = await post('/notes', { text: 'Hello\r\nthere' }, { origin: 'http://demo.localhost:8080', host: 'demo.localhost:8080' })
  t.match(answer, { status: 303, headers: { location: '/' } })
  t.match(await open(), 'Hello\nthere')
})

t.test('what people type is text, not markup', async t => {
  const markup = '<script>alert(1)</script>"\'&<img src=x onerror=alert(2)>'
  await post('/notes', { text: markup })
  const page = await open('/', { 'x-tenant-name': encodeURIComponent('<i>Evil</i> & "Co"') })
  t.match(page, '&lt;script&gt;alert(1)&lt;/script&gt;')
  t.match(page, '<h1>&lt;i&gt;Evil&lt;/i&gt; &amp; &quot;Co&quot;</h1>')
  for (const raw of ['<script>', '<img', '<i>', 'style=', ' onerror=alert(2)>']) t.notMatch(page, raw)
})

t.test('a refused note comes back to be corrected', async t => {
  const text = `</textarea>${'x'.repeat(1000)}`
  const answer = await post('/notes', { text })
  t.equal(answer.status, 422)
  t.match(answer.text, 'at most 1000 characters')
  t.match(answer.text, `&lt;/textarea&gt;${'x'.repeat(1000)}</textarea>`)
  t.match((await post('/notes', { text: '  ' })).text, 'A note cannot be empty.')
  t.equal((await post('/notes')).status, 422)
})

t.test('the button removes a note, and twice is no error', async t => {
  const { items } = (await app.send({ path: '/api/notes' })).json<NotePage>()
  for (const { id } of [...items, ...items]) t.match(await post(`/notes/${id}/remove`), { status: 303, headers: { location: '/' } })
  t.match(await open(), 'No notes yet')
  t.equal((await post('/notes/abc/remove')).status, 404)
})

t.test('a note that is announced while the page is open can be pinned too', async t => {
  t.match(/<template.*<\/template>/s.exec(await open())?.[0], /data-pin>\s*<button[^>]*>Pin</)
})

t.test('another site cannot post', async t => {
  const answer = await post('/notes', { text: 'gotcha' }, { 'sec-fetch-site': 'cross-site', accept: 'text/html' })
  t.match(answer, { status: 403, headers: { 'content-type': /^text\/html/ } })
  t.match(await open(), 'No notes yet')
})

t.test('older notes are a link away', async t => {
  await world.sql("INSERT INTO notes (text) SELECT 'note-' || n || '.' FROM generate_series(1, 51) AS n")
  const page = await open()
  t.match(page, 'note-51.')
  t.notMatch(page, 'note-1.')
  const older = /href="(\/\?before=\d+)"/.exec(page)?.[1]
  const second = await open(older)
  t.match(second, 'note-1.')
  t.notMatch(second, 'data-follow')
  t.equal((await app.send({ path: '/?before=x' })).status, 422)
})

t.test('only files of its own run or are shown', async t => {
  const answer = await app.send({ path: '/' })
  const policy = String(answer.headers['content-security-policy'])
  t.match(policy, "default-src 'none'")
  t.notMatch(policy, 'unsafe')
  const files = [...answer.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, url]) => String(url))
  t.equal(files.length, 3)
  for (const path of files) {
    t.match(await app.send({ path }), { status: 200, headers: { 'cache-control': /immutable/, 'x-content-type-options': 'nosniff' } })
    t.match(await app.send({ path: path.replace(/v=.*/, 'v=other') }), { status: 200, headers: { 'cache-control': 'no-cache' } })
  }
  for (const path of ['/assets/main.ts', '/assets/..%2Fmain.ts', '/assets/constructor']) t.equal((await app.send({ path })).status, 404)
})
