import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import type { Note } from '../../tenant-app/notes.ts'
import type { Teardown } from '../world/teardown.ts'
import { waitFor } from '../world/wait-for.ts'
import { startMigratedApp, startTenantApp } from './tenant-world.ts'
import type { TenantApp } from './tenant-world.ts'

const { app, world } = await startMigratedApp(t, 'bt-ta-live')
const twin = await startTenantApp(t, world)
const add = async (text: string) => (await app.send({ method: 'POST', path: '/api/notes', body: { text } })).json<Note>()
/** What is said of a new note: that it is not pinned goes without saying. */
const said = ({ id, text, createdAt }: Note) => ({ id, text, createdAt })
const listeners = async () => (await world.postgres.admin("SELECT pid FROM pg_stat_activity WHERE query ILIKE 'LISTEN%'")).rowCount

interface Page {
  socket: WebSocket
  /** Everything that was said so far. */
  news: unknown[]
}

async function openPage (t: Teardown, { port }: TenantApp): Promise<Page> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live`)
  t.teardown(() => socket.terminate())
  const news: unknown[] = []
  socket.on('message', (data) => news.push(JSON.parse(String(data))))
  await once(socket, 'open')
  await waitFor('the greeting', () => news.length > 0)
  return { socket, news }
}

t.test('every open page of both instances hears of notes added and removed', async t => {
  const pages = [await openPage(t, app), await openPage(t, app), await openPage(t, twin)]
  const note = await add('<b>"new" ⚓</b>\n\u0001')
  await app.send({ method: 'DELETE', path: `/api/notes/${note.id}` })
  for (const { news } of pages) {
    await waitFor('the removal', () => news.length === 3)
    t.same(news, [{ type: 'hello' }, { type: 'added', note: said(note) }, { type: 'removed', id: note.id }])
  }
})

t.test('the longest note is announced whole', async t => {
  const { news } = await openPage(t, twin)
  const note = await add('\u0001'.repeat(999) + 'x')
  await waitFor('the news', () => news.length === 2)
  t.same(news[1], { type: 'added', note: said(note) })
})

t.test('without an open page no connection is held', async t => {
  const { socket } = await openPage(t, app)
  t.equal(await listeners(), 1)
  socket.close()
  await waitFor('the listener to go', async () => await listeners() === 0)
})

t.test('a lost listener is replaced, and pages are told to catch up', async t => {
  const page = await openPage(t, app)
  await world.postgres.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%'")
  await waitFor('a second greeting', () => page.news.length === 2)
  const note = await add('after the loss')
  await waitFor('the news', () => page.news.length === 3)
  t.same(page.news, [{ type: 'hello' }, { type: 'hello' }, { type: 'added', note: said(note) }])

  await world.postgres.restart()
  await waitFor('a third greeting', () => page.news.length === 4)
  t.same(page.news[3], { type: 'hello' })
  t.equal(page.socket.readyState, WebSocket.OPEN)
})

t.test('what is not a page of this site is not let in', async t => {
  const refused = async (path: string, headers: Record<string, string> = {}) => {
    const socket = new WebSocket(`ws://127.0.0.1:${app.port}${path}`, { headers })
    const [error] = await once(socket, 'error').catch((error: unknown) => [error]) as [Error]
    return error.message
  }
  t.match(await refused('/live', { origin: 'http://evil.example' }), '403')
  t.match(await refused('/nowhere'), '404')
  t.equal((await app.send({ path: '/live' })).status, 404)
})

t.test('a page that sends too much is closed', async t => {
  const { socket } = await openPage(t, app)
  socket.send('x'.repeat(2000))
  const [code] = await once(socket, 'close')
  t.equal(code, 1009)
  t.equal((await app.send({ path: '/healthz' })).status, 200)
})
