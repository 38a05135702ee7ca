// Which headers pass, and which end at the gateway: RFC 9110 §7.6.
import t from 'tap'
import { fieldOf, statusOf } from './message.ts'
import type { Message } from './message.ts'
import { echoTarget } from './raw-tenant.ts'
import { setWire } from './wire.ts'

type Fields = Message['fields']

/** What a gateway adds to a request. */
const ADDED = /^(host|connection|via|traceparent|x-forwarded-(for|proto|host)|x-request-id|x-tenant-(id|slug|name))$/i

t.test('headers that pass and headers that end here', async t => {
  const wire = await setWire(t)
  const { tenant } = wire

  const sent = async (lines: readonly string[], start = 'GET / HTTP/1.1'): Promise<Message> => {
    tenant.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
    tenant.forget()
    await wire.ask(wire.get(lines, start))
    return tenant.take()[0] as Message
  }
  const own = ({ fields }: Message): Fields => fields.filter(([name]) => !ADDED.test(name))

  const answered = async (lines: readonly string[], { start = 'HTTP/1.1 200 OK', body = '', request = wire.get() } = {}): Promise<Message> => {
    tenant.answer = () => `${[start, ...lines, ...(body === '' ? ['Content-Length: 0'] : [])].join('\r\n')}\r\n\r\n${body}`
    return await wire.ask(request)
  }

  const REQUESTS: Array<[what: string, lines: string[], kept: Fields]> = [
    ['one that Connection names', ['Connection: X-One', 'X-One: 1', 'X-Two: 2'], [['X-Two', '2']]],
    ['several, in any letters', ['connection: x-one ,,\tX-TWO', 'X-One: 1', 'x-two: 2', 'X-Two: 3', 'X-Three: 3'], [['X-Three', '3']]],
    ['several Connection headers', ['Connection: X-One', 'X-One: 1', 'Connection: X-Two', 'X-Two: 2', 'X-Three: 3'], [['X-Three', '3']]],
    ['one of them close', ['Connection: close, X-One', 'X-One: 1', 'X-Three: 3'], [['X-Three', '3']]],
    ['Keep-Alive', ['Connection: keep-alive', 'Keep-Alive: timeout=5', 'X: 1'], [['X', '1']]],
    ['Keep-Alive that Connection does not name', ['Keep-Alive: timeout=5', 'X: 1'], [['X', '1']]],
    ['Proxy-Connection', ['Proxy-Connection: keep-alive', 'X: 1'], [['X', '1']]],
    ['TE', ['Connection: TE', 'TE: trailers, deflate', 'X: 1'], [['X', '1']]],
    ['TE that Connection does not name', ['TE: trailers', 'X: 1'], [['X', '1']]],
    ['Upgrade to what is not tunnelled', ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk', 'X: 1'], [['X', '1']]],
    ['Upgrade that Connection does not name', ['Upgrade: foo/2', 'X: 1'], [['X', '1']]],
    ['Proxy-Authorization', ['Proxy-Authorization: Basic eA==', 'Authorization: Basic eQ==', 'X: 1'], [['Authorization', 'Basic eQ=='], ['X', '1']]],
    // An end-to-end header that a client names would be missed by the tenant: abuse that some proxies allow.
    ['Cookie and Authorization, named: they are gone, as asked', ['Connection: Cookie', 'Cookie: a=1', 'X: 1'], [['X', '1']]]
  ]
  for (const [what, lines, kept] of REQUESTS) {
    await t.test(`request: ${what}`, async t => t.strictSame(own(await sent(lines)), kept))
  }

  await t.test('what Connection names of the gateway\'s own stays', async t => {
    const request = await sent(['Connection: Host, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Request-Id, X-Tenant-Id, Via'])
    for (const name of ['host', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-request-id', 'x-tenant-id', 'via']) t.ok(fieldOf(request, name), name)
    const posted = await sent(['Connection: Content-Length, Transfer-Encoding', 'Content-Length: 0'], 'POST / HTTP/1.1')
    t.equal(fieldOf(posted, 'content-length'), '0')
  })

  await t.test('Trailer of a request ends here, with the trailers', async t => {
    tenant.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
    tenant.forget()
    await wire.ask(`${wire.get(['Transfer-Encoding: chunked', 'Trailer: X-Sum'], 'POST / HTTP/1.1')}2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n`)
    const [request] = tenant.take()
    t.strictSame([fieldOf(request as Message, 'trailer'), request?.trailers, request?.body], [undefined, [], 'hi'])
  })

  await t.test('Max-Forwards of TRACE and OPTIONS (RFC 9110 §7.6.2)', async t => {
    const request = await sent(['Max-Forwards: 5'], 'GET / HTTP/1.1')
    t.equal(fieldOf(request, 'max-forwards'), '5', 'other methods: as it is')
  })

  const RESPONSES: Array<[what: string, lines: string[], kept: Fields]> = [
    ['one that Connection names', ['Connection: X-One', 'X-One: 1', 'X-Two: 2'], [['X-Two', '2']]],
    ['several Connection headers', ['Connection: X-One', 'connection: keep-alive , x-two', 'X-ONE: 1', 'X-Two: 2', 'X: 1'], [['X', '1']]],
    ['Keep-Alive', ['Connection: keep-alive', 'Keep-Alive: timeout=5', 'X: 1'], [['X', '1']]],
    ['Proxy-Connection', ['Proxy-Connection: keep-alive', 'X: 1'], [['X', '1']]],
    ['Proxy-Authenticate', ['Proxy-Authenticate: Basic', 'WWW-Authenticate: Basic', 'X: 1'], [['WWW-Authenticate', 'Basic'], ['X', '1']]],
    ['Upgrade on a 200', ['Connection: Upgrade', 'Upgrade: h2c', 'X: 1'], [['X', '1']]],
    ['TE', ['TE: trailers', 'X: 1'], [['X', '1']]],
    ['Trailer where none can follow', ['Trailer: X-Sum', 'X: 1'], [['X', '1']]],
    ['Set-Cookie, each in its place and its letters', ['Set-Cookie: a=1; Path=/', 'X: 1', 'set-cookie: b=2', 'SET-COOKIE: a=1; Path=/'],
      [['Set-Cookie', 'a=1; Path=/'], ['X', '1'], ['set-cookie', 'b=2'], ['SET-COOKIE', 'a=1; Path=/']]],
    ['Server', ['Server: tenant/1.0 (x)', 'X: 1'], [['Server', 'tenant/1.0 (x)'], ['X', '1']]],
    ['duplicates and empty values', ['X: 1', 'X:', 'Vary: a', 'Vary: b', 'x:  2 '], [['X', '1'], ['X', ''], ['Vary', 'a'], ['Vary', 'b'], ['x', '2']]],
    ['bytes beyond ASCII', ['X: caf\xe9', 'Content-Disposition: attachment; filename="\xc3\xa9"'], [['X', 'caf\xe9'], ['Content-Disposition', 'attachment; filename="\xc3\xa9"']]],
    ['security headers', ['Strict-Transport-Security: max-age=1', 'Content-Security-Policy: default-src \'self\''], [['Strict-Transport-Security', 'max-age=1'], ['Content-Security-Policy', "default-src 'self'"]]]
  ]
  for (const [what, lines, kept] of RESPONSES) {
    await t.test(`response: ${what}`, async t => {
      const { fields } = await answered(lines)
      t.strictSame(fields.filter(([name]) => !/^(date|connection|keep-alive|content-length|via|x-request-id)$/i.test(name)), kept)
    })
  }

  await t.test('response: what Connection names is not the length', async t => {
    t.equal((await answered(['Connection: Content-Length', 'Content-Length: 2'], { body: 'ok' })).body, 'ok')
  })

  await t.test('Date: the tenant\'s own, one when it has none', async t => {
    t.equal(fieldOf(await answered(['Date: Sun, 06 Nov 1994 08:49:37 GMT']), 'date'), 'Sun, 06 Nov 1994 08:49:37 GMT')
    t.match(fieldOf(await answered([]), 'date'), /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
  })

  await t.test('the reason, as it is', async t => {
    for (const start of ['HTTP/1.1 200 Quite Fine', 'HTTP/1.1 404 ', 'HTTP/1.1 299 a  b', 'HTTP/1.1 503 \xdcberlastet']) t.equal((await answered([], { start })).start, start)
  })

  await t.test('Via, to the tenant (RFC 9110 §7.6.3)', async t => {
    t.equal(fieldOf(await sent([]), 'via'), '1.1 berth')
    t.equal(fieldOf(await sent(['Via: 1.0 fred, 1.1 p.example (x)']), 'via'), '1.0 fred, 1.1 p.example (x), 1.1 berth')
    t.equal(fieldOf(await sent(['Via: 1.0 fred', 'X: 1', 'Via: 1.1 p.example']), 'via'), '1.0 fred, 1.1 p.example, 1.1 berth')
    t.equal(fieldOf(await sent(['Connection: keep-alive'], 'GET / HTTP/1.0'), 'via'), '1.0 berth', 'the version is that of the request as received')
  })

  await t.test('Via, to the client', async t => {
    t.equal(fieldOf(await answered([]), 'via'), '1.1 berth')
    t.equal(fieldOf(await answered(['Via: 1.1 inner']), 'via'), '1.1 inner, 1.1 berth')
    t.equal(fieldOf(await answered(['Via: 1.1 a', 'via: 1.1 b']), 'via'), '1.1 a, 1.1 b, 1.1 berth')
    t.equal(fieldOf(await answered([], { start: 'HTTP/1.0 200 OK' }), 'via'), '1.0 berth')
  })

  await t.test('the head of an answer to HEAD says what the one to GET says', async t => {
    const request = wire.get([], 'HEAD / HTTP/1.1')
    tenant.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nETag: "x"\r\n\r\n'
    const answer = await wire.ask(request)
    t.strictSame([statusOf(answer), fieldOf(answer, 'content-length'), fieldOf(answer, 'etag')], [200, '12345', '"x"'])
    tenant.answer = () => 'HTTP/1.1 304 Not Modified\r\nContent-Length: 12345\r\nETag: "x"\r\n\r\n'
    t.equal(fieldOf(await wire.ask(wire.get()), 'etag'), '"x"')
  })

  const TRAILERS: Array<[what: string, lines: string[], kept: Fields]> = [
    ['as they are', ['X-Sum: 1', 'x-other: 2', 'X-Sum: 3'], [['X-Sum', '1'], ['x-other', '2'], ['X-Sum', '3']]],
    ['beyond ASCII', ['X-Sum: caf\xe9'], [['X-Sum', 'caf\xe9']]],
    // RFC 9110 §6.5.1
    ['but not those of a hop', ['X-Sum: 1', 'Connection: close', 'Keep-Alive: x', 'Upgrade: x'], [['X-Sum', '1']]],
    ['but not those that route or hold state', ['X-Sum: 1', 'Set-Cookie: a=1', 'Host: evil', 'Trailer: X'], [['X-Sum', '1']]]
  ]
  for (const [what, lines, kept] of TRAILERS) {
    await t.test(`trailers of a response: ${what}`, async t => {
      tenant.answer = () => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, X-Other\r\n\r\n2\r\nok\r\n0\r\n${lines.join('\r\n')}\r\n\r\n`
      const answer = await wire.ask(wire.get(['TE: trailers', 'Connection: TE']))
      t.strictSame([answer.body, answer.trailers, fieldOf(answer, 'trailer')], ['ok', kept, 'X-Sum, X-Other'])
    })
  }

  for (const line of ['Content-Length: 9', 'Transfer-Encoding: chunked']) {
    await t.test(`trailers of a response: none that would frame it: ${line}`, async t => {
      tenant.answer = () => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n${line}\r\n\r\n`
      t.equal(statusOf(await wire.ask(wire.get(['TE: trailers', 'Connection: TE']))), 502, 'what has no end is no answer')
      tenant.answer = echoTarget
      t.equal((await wire.ask(wire.get([], 'GET /next HTTP/1.1'))).body, '/next')
    })
  }
})
