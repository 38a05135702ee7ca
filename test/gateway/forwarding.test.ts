import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { waitFor } from '../world/wait-for.ts'
import { setScene, startOrigin, startRawOrigin } from './scene.ts'
import { clientOf } from './wire-client.ts'

t.test('requests and responses pass through', async t => {
  const scene = await setScene(t, 'bt-gwforward', { BERTH_TRUSTED_PROXIES: '127.0.0.2' })
  const { ask } = scene
  const { live, open, responseOf, speak } = clientOf(scene)

  await t.test('headers to the tenant', async t => {
    const origin = await startOrigin(t, (_incoming, answer) => { answer.end() })
    const { tenantId, slug } = await live('head.example', origin.port, { name: 'Bücher & Co' })
    const answer = await ask('head.example:8080', {
      headers: {
        connection: 'close, x-private',
        'x-private': '1',
        'keep-alive': '5',
        te: 'trailers',
        'X-Tenant-Id': 'tn_evil00000000',
        x_tenant_slug: 'evil',
        'X-Tenant-Admin': 'yes',
        'X-Forwarded-For': '6.6.6.6',
        'X-Forwarded-Proto': 'https',
        Forwarded: 'for=6.6.6.6',
        'X-Request-Id': 'mine',
        cookie: ['a=1', 'b=2'],
        'x-own': 'kept'
      }
    })
    t.equal(answer.status, 200)
    const headers = { ...origin.requests.at(-1)?.headers }
    t.match(headers['x-request-id'], /^[0-9a-f]{32}$/)
    delete headers['x-request-id']
    t.match(headers.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    delete headers.traceparent
    t.strictSame(headers, {
      host: 'head.example:8080',
      via: '1.1 berth',
      cookie: 'a=1; b=2',
      'x-own': 'kept',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'head.example:8080',
      'x-tenant-id': tenantId,
      'x-tenant-slug': slug,
      'x-tenant-name': 'B%C3%BCcher & Co'
    })
  })

  await t.test('a trusted proxy is believed', async t => {
    const origin = await startOrigin(t, (_incoming, answer) => { answer.end() })
    await live('proxied.example', origin.port)
    const outgoing = open('proxied.example', {
      localAddress: '127.0.0.2', headers: { 'x-forwarded-for': '192.0.2.9', 'x-forwarded-proto': 'https', 'x-request-id': 'theirs-1' }
    })
    outgoing.end();
    (await responseOf(outgoing)).resume()
    t.match(origin.requests.at(-1)?.headers, { 'x-forwarded-for': '192.0.2.9, 127.0.0.2', 'x-forwarded-proto': 'https', 'x-request-id': 'theirs-1' })
  })

  await t.test('headers to the client', async t => {
    const origin = await startRawOrigin(t, socket => {
      socket.on('data', () => socket.write(
        'HTTP/1.1 299 Quite Fine\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Latin: caf\u00e9\r\nConnection: X-Private\r\nX-Private: 1\r\n' +
        'Keep-Alive: timeout=9\r\nContent-Length: 2\r\n\r\nok', 'latin1'))
    })
    await live('answer.example', origin.port)
    const answer = await speak('GET / HTTP/1.1\r\nHost: answer.example\r\nConnection: close\r\n\r\n')
    const [head = '', body] = answer.split('\r\n\r\n')
    t.equal(body, 'ok')
    t.strictSame(head.split('\r\n').filter(line => !line.startsWith('Date:')), [
      'HTTP/1.1 299 Quite Fine', 'Set-Cookie: a=1', 'set-cookie: b=2', 'X-Latin: caf\u00c3\u00a9'.replace('\u00c3\u00a9', '\ufffd'), 'Content-Length: 2', 'Via: 1.1 berth',
      'Connection: close'
    ])
  })

  await t.test('responses without a body', async t => {
    const origin = await startOrigin(t, (incoming, answer) => {
      const status = Number(incoming.url?.slice(1))
      answer.writeHead(status, { etag: '"x"', ...(status === 200 ? { 'content-length': '12345' } : {}) }).end()
    })
    await live('empty.example', origin.port)
    t.match(await ask('empty.example', { method: 'HEAD', path: '/200' }), { status: 200, text: '', headers: { 'content-length': '12345' } })
    t.match(await ask('empty.example', { path: '/204' }), { status: 204, text: '', headers: { etag: '"x"', 'content-length': undefined } })
    t.match(await ask('empty.example', { path: '/304' }), { status: 304, text: '', headers: { etag: '"x"' } })
    // Connections that carried such answers still carry others.
    for (let i = 0; i < 5; i++) {
      t.equal((await ask('empty.example', { method: 'HEAD', path: '/200' })).status, 200)
      t.equal((await ask('empty.example', { path: '/204' })).status, 204)
    }
  })

  await t.test('a large body each way, as it is', async t => {
    const origin = await startOrigin(t, (incoming, answer) => { incoming.pipe(answer) })
    await live('large.example', origin.port)
    const body = randomBytes(16 * 1024 * 1024)
    const digest = (data: Buffer) => createHash('sha256').update(data).digest('hex')
    const framings: Array<Record<string, string>> = [{ 'content-length': String(body.length) }, { 'transfer-encoding': 'chunked' }]
    for (const headers of framings) {
      const outgoing = open('large.example', { method: 'POST', headers: { ...headers, 'content-type': 'nonsense; ;;' } })
      outgoing.end(body)
      const chunks: Buffer[] = []
      for await (const chunk of await responseOf(outgoing)) chunks.push(chunk as Buffer)
      t.equal(digest(Buffer.concat(chunks)), digest(body), JSON.stringify(headers))
    }
    t.strictSame(origin.requests.slice(-2).map(({ headers }) => [headers['content-length'], headers['transfer-encoding']]),
      [[String(body.length), undefined], [undefined, 'chunked']])
  })

  await t.test('a body with any method', async t => {
    const origin = await startOrigin(t, (incoming, answer) => { incoming.pipe(answer) })
    await live('odd.example', origin.port)
    for (const method of ['GET', 'DELETE', 'OPTIONS', 'PROPFIND', 'PATCH']) t.equal((await ask('odd.example', { method, body: 'x' })).text, 'x', method)
    t.equal((await ask('odd.example', { method: 'POST', headers: { 'content-length': '0' } })).status, 200)
    t.equal(origin.requests.at(-1)?.headers['content-length'], '0')
  })

  await t.test('a slow reader holds the tenant back, not the gateway', async t => {
    const piece = Buffer.alloc(64 * 1024)
    let written = 0
    let stuck = false
    const origin = await startOrigin(t, (_incoming, answer) => {
      const write = () => {
        while (written < 512 * 1024 * 1024) {
          written += piece.length
          if (answer.write(piece)) continue
          stuck = true
          answer.once('drain', () => {
            stuck = false
            write()
          })
          return
        }
      }
      write()
    })
    await live('slow.example', origin.port)
    const outgoing = open('slow.example')
    outgoing.end()
    const incoming = await responseOf(outgoing)
    incoming.pause()
    let before = -1
    // Buffers of four sockets are all that can be on the way; then nothing more is written.
    await waitFor('the tenant to be held back', async () => {
      const same = written === before && stuck
      before = written
      return same
    })
    t.ok(written < 64 * 1024 * 1024, `${written} bytes on the way`)
    outgoing.destroy()
    await waitFor('the tenant to see its client go', async () => origin.requests.at(-1)?.destroyed)
  })

  await t.test('a slow tenant holds the uploader back', async t => {
    const origin = await startOrigin(t, incoming => { incoming.pause() })
    await live('slow-up.example', origin.port)
    const outgoing = open('slow-up.example', { method: 'PUT', headers: { 'transfer-encoding': 'chunked' } })
    outgoing.on('error', () => {})
    const piece = Buffer.alloc(64 * 1024)
    let written = 0
    const write = () => {
      do written += piece.length
      while (outgoing.write(piece) && written < 512 * 1024 * 1024)
    }
    outgoing.on('drain', write)
    write()
    let before = -1
    await waitFor('the uploader to be held back', async () => {
      const same = written === before
      before = written
      return same
    }, { intervalMs: 200 })
    t.ok(written < 64 * 1024 * 1024, `${written} bytes on the way`)
    outgoing.destroy()
    // It sees that when it reads on.
    origin.requests.at(-1)?.resume()
    await waitFor('the tenant to see it go', async () => origin.requests.at(-1)?.destroyed)
  })

  await t.test('server-sent events come one by one, the head at once', async t => {
    const origin = await startOrigin(t, (_incoming, answer) => {
      answer.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      origin.server.on('tick', () => answer.write('data: tick\n\n'))
    })
    await live('sse.example', origin.port)
    const outgoing = open('sse.example')
    outgoing.end()
    const incoming = await responseOf(outgoing)
    t.equal(incoming.headers['content-type'], 'text/event-stream')
    for (let i = 0; i < 3; i++) {
      origin.server.emit('tick')
      const [data] = await once(incoming, 'data')
      t.equal(String(data), 'data: tick\n\n')
    }
    outgoing.destroy()
    await waitFor('the tenant to see its client go', async () => origin.requests.at(-1)?.destroyed)
  })

  await t.test('trailers of a response', async t => {
    const origin = await startOrigin(t, (_incoming, answer) => {
      answer.writeHead(200, { trailer: 'X-Sum' })
      answer.write('body')
      answer.addTrailers({ 'X-Sum': '42' })
      answer.end()
    })
    await live('trailer.example', origin.port)
    const outgoing = open('trailer.example')
    outgoing.end()
    const incoming = await responseOf(outgoing)
    t.equal(await text(incoming), 'body')
    t.strictSame([incoming.headers.trailer, incoming.trailers], ['X-Sum', { 'x-sum': '42' }])
    t.match(await speak('GET / HTTP/1.0\r\nHost: trailer.example\r\n\r\n'), /^HTTP\/1\.1 200 [^]*\r\n\r\nbody$/)
  })

  await t.test('interim responses do not end an exchange', async t => {
    const origin = await startOrigin(t, (_incoming, answer) => {
      answer.writeProcessing()
      answer.writeEarlyHints({ link: '</a.css>; rel=preload' })
      answer.end('final')
    })
    await live('interim.example', origin.port)
    t.match(await ask('interim.example'), { status: 200, text: 'final' })
  })

  await t.test('Expect: 100-continue is answered when the tenant takes the body', async t => {
    const origin = await startOrigin(t, (incoming, answer) => { incoming.pipe(answer) })
    await live('expect.example', origin.port)
    const headers = { expect: '100-continue', 'content-length': '4' }
    const outgoing = open('expect.example', { method: 'POST', headers })
    outgoing.flushHeaders()
    await once(outgoing, 'continue')
    outgoing.end('body')
    t.equal(await text(await responseOf(outgoing)), 'body')
    t.equal(origin.requests.at(-1)?.headers.expect, undefined)

    const refused = open('nobody.example', { method: 'POST', headers })
    refused.on('continue', () => t.fail('the body is not wanted'))
    refused.flushHeaders()
    t.match(await responseOf(refused), { statusCode: 404, headers: { connection: 'close' } }, 'and nobody can tell what comes next')
    refused.destroy()
  })
})
