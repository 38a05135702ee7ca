import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { WebSocket } from 'ws'
import { run as command } from '../../deploy/command.ts'
import { waitFor } from '../world/wait-for.ts'
import { run, startMigratedApp, startTenantApp } from './tenant-world.ts'

t.test('a bad environment stops the start, with every variable named', async t => {
  const { code, output } = await run('main.ts', { PORT: 'http', DATABASE_URL: 'postgres://u:hush@db' })
  t.equal(code, 1)
  t.match(output, /PORT.*DATABASE_URL.*TENANT_ID/)
  t.notMatch(output, 'hush')
})

t.test('a running instance', async t => {
  const { app, world } = await startMigratedApp(t, 'bt-ta-main')
  const health = () => app.send({ path: '/healthz' })

  await t.test('a port that is taken stops the start', async t => {
    const { code, output } = await run('main.ts', { PORT: String(app.port), DATABASE_URL: world.databaseUrl, TENANT_ID: 'tn_x' })
    t.equal(code, 1)
    t.match(output, 'EADDRINUSE')
  })

  await t.test('is healthy exactly while its database answers', async t => {
    t.match(await health(), { status: 200, text: '{"status":"ok"}' })
    await world.postgres.stop()
    const answer = await health()
    t.match(answer, { status: 503, headers: { 'content-type': /^application\/problem\+json/, 'retry-after': /\d/ } })
    t.match(answer.json(), { code: 'database-unavailable' })
    t.equal((await app.send({ path: '/api/notes' })).status, 503)
    const page = await app.send({ path: '/', headers: { accept: 'text/html' } })
    t.match(page, { status: 503, headers: { 'content-type': /^text\/html/ } })
    t.notMatch(page.text, /127\.0\.0\.1|ECONN/)
    t.match(await startTenantApp(t, world), { port: Number }, 'another one starts, and waits for it')

    await world.postgres.start()
    await waitFor('health', async () => (await health()).status === 200)
    t.equal((await app.send({ path: '/api/notes' })).status, 200)
  })

  await t.test('SIGTERM finishes what was begun, closes pages with 1012 and ends with 0', async t => {
    const socket = new WebSocket(`ws://127.0.0.1:${app.port}/live`)
    await once(socket, 'open')
    const closed = once(socket, 'close')

    // A request whose body is still on its way when the signal comes.
    const body = JSON.stringify({ text: 'just in time' })
    const slow = connect(app.port, '127.0.0.1')
    await once(slow, 'connect')
    slow.write(`POST /api/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`)
    await once(slow, 'data')
    const answer = once(slow, 'data')

    const ended = app.stop()
    t.same((await closed).map(String), ['1012', 'service restart'])
    await waitFor('the port to close', () => health().then(() => false, () => true))
    slow.write(body)
    t.match(String(await answer), /^HTTP\/1\.1 201 [^]*connection: close/i)
    t.same(await ended, { code: 0, signal: null })
    t.equal((await world.sql("SELECT FROM notes WHERE text = 'just in time'")).rowCount, 1)
    t.equal((await world.postgres.admin("SELECT FROM pg_stat_activity WHERE application_name = 'tenant-app'")).rowCount, 0)
  })

  await t.test('SIGTERM waits for no connection without a request', async t => {
    const quiet = await startTenantApp(t, world)
    const socket = connect(quiet.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    await once(socket, 'connect')
    t.same(await quiet.stop(), { code: 0, signal: null })
  })

  await t.test('SIGTERM waits for no database that does not answer', async t => {
    const one = await startTenantApp(t, world)
    const pages = await Promise.all(Array.from({ length: 300 }, async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${one.port}/live`)
      await Promise.all([once(socket, 'open'), once(socket, 'message')])
      return { closed: once(socket, 'close') }
    }))
    await command('docker', ['pause', world.postgres.containerId])
    try {
      t.same(await one.stop(), { code: 0, signal: null })
    } finally {
      await command('docker', ['unpause', world.postgres.containerId])
    }
    t.equal((await Promise.all(pages.map(({ closed }) => closed))).length, 300)
  })

  await t.test('SIGTERM waits for no page that does not answer', async t => {
    const mute = await startTenantApp(t, world)
    const socket = connect(mute.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.write('GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n')
    t.match(String((await once(socket, 'data'))[0]), '101 Switching Protocols')
    t.same(await mute.stop(), { code: 0, signal: null })
  })
})
