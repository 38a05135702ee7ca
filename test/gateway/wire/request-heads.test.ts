// The lines of a request's head: RFC 9112 §2, §3 and §5, RFC 9110 §5.
import t from 'tap'
import { answered, either, isProblem, judge, passes, refused } from './verdict.ts'
import type { Verdict } from './verdict.ts'
import { fieldOf, statusOf } from './message.ts'
import { HOST, setWire } from './wire.ts'

const GET = 'GET /it HTTP/1.1'
const seen = passes(GET)

/** By a line behind the Host line. */
const LINES: Array<[what: string, line: string, verdict: Verdict]> = [
  ['every character of a token in its name', "!#$%&'*+.^`|~09azAZ-_: 1", seen],
  ['bytes beyond ASCII in its value (obs-text)', 'X: caf\xe9 \xff', seen],
  ['no value', 'X:', seen],
  ['white space only', 'X: \t ', seen],
  ['colons in its value', 'X: :a:b:', seen],
  ['a space before the colon', 'X : 1', refused(400)],
  ['a space in its name', 'X Y: 1', refused(400)],
  ['no name', ': 1', refused(400)],
  ['no colon', 'nonsense', refused(400)],
  ['a leading space, right behind Host: a folded value', ' X: 1', either(refused(400), answered(400))],
  ['folded', 'X: 1\r\n 2', either(seen, refused(400))],
  ['folded with a tab', 'X: 1\r\n\t2', either(seen, refused(400))],
  ['a line of white space', ' ', either(seen, refused(400))],
  ...['(', ')', ',', '/', ';', '<', '=', '>', '?', '@', '[', '\\', ']', '{', '}', '"', '\x7f', '\x01', '\x0b', '\xe9', '\0'].map((byte): [string, string, Verdict] =>
    [`${JSON.stringify(byte)} in its name`, `X${byte}Y: 1`, refused(400)]),
  // RFC 9110 §5.5: CR, LF and NUL must not pass; other control characters may be kept by those who know why.
  ['a NUL in its value', 'X: a\0b', refused(400)],
  ['a bare CR in its value', 'X: a\rb', refused(400)],
  ['a bare CR at its end', 'X: a\r', refused(400)],
  ['a control character in its value', 'X: a\x01b', refused(400)],
  ['a vertical tab in its value', 'X: a\x0bb', refused(400)],
  ['a DEL in its value', 'X: a\x7fb', refused(400)],
  ['an escape in its value', 'X: a\x1bb', refused(400)]
]

const STARTS: Array<[what: string, bytes: string, verdict: Verdict]> = [
  ['an empty line before it (§2.2)', `\r\n${GET}\r\nHost: ${HOST}\r\n\r\n`, seen],
  ['a hundred empty lines before it', `${'\r\n'.repeat(100)}${GET}\r\nHost: ${HOST}\r\n\r\n`, either(seen, refused(400))],
  ['a space before it', ` ${GET}\r\nHost: ${HOST}\r\n\r\n`, refused(400)],
  ['a byte order mark before it', `\xef\xbb\xbf${GET}\r\nHost: ${HOST}\r\n\r\n`, refused(400)],
  ['a NUL before it', `\0${GET}\r\nHost: ${HOST}\r\n\r\n`, refused(400)],
  ['a space behind it', `${GET} \r\nHost: ${HOST}\r\n\r\n`, either(seen, refused(400))],
  ['two spaces in it', `GET  /it HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, either(seen, refused(400))],
  ['two spaces before the version', `GET /it  HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, either(seen, refused(400))],
  ['tabs in it', `GET\t/it\tHTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, either(seen, refused(400))],
  ['a line of white space before the first header (§2.2)', `${GET}\r\n \r\nHost: ${HOST}\r\n\r\n`, refused(400)],
  ['white space before the first header (§2.2)', `${GET}\r\n X: 1\r\nHost: ${HOST}\r\n\r\n`, either(seen, refused(400))],
  ['bare LFs for line ends (§2.2)', `${GET}\nHost: ${HOST}\n\n`, either(seen, refused(400))],
  ['one bare LF', `${GET}\r\nX: 1\nHost: ${HOST}\r\n\r\n`, either(seen, refused(400))],
  ['a bare LF for the last line', `${GET}\r\nHost: ${HOST}\r\n\n`, either(seen, refused(400))],
  ['bare CRs for line ends', `${GET}\rHost: ${HOST}\r\r`, refused(400)],
  ['CR CR LF', `${GET}\r\r\nHost: ${HOST}\r\r\n\r\r\n`, refused(400)],
  ['a bare CR in the request line', `GET /i\rt HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, refused(400)],
  ['a method that is no token', `G@T /it HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, refused(400)],
  ['a NUL in the method', `GE\0T /it HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, refused(400)],
  ['no method', `/it HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, refused(400)],
  ['a method that nobody knows', `BERTH /it HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, either(passes('BERTH /it HTTP/1.1'), refused(400, 405, 501))],
  ['a method in small letters', `get /it HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, either(passes('get /it HTTP/1.1'), refused(400, 405, 501))],

  ['HTTP/0.9', 'GET /it\r\n', refused(400, 505)],
  ['HTTP/0.9 in full', `GET /it HTTP/0.9\r\nHost: ${HOST}\r\n\r\n`, refused(400, 505)],
  ['HTTP/1.2: as 1.1, or refused (RFC 9110 §2.5)', `GET /it HTTP/1.2\r\nHost: ${HOST}\r\n\r\n`, either(seen, refused(400, 505))],
  ['HTTP/2.0', `GET /it HTTP/2.0\r\nHost: ${HOST}\r\n\r\n`, refused(400, 505)],
  ['HTTP/3.0', `GET /it HTTP/3.0\r\nHost: ${HOST}\r\n\r\n`, refused(400, 505)],
  ['HTTP/9.9', `GET /it HTTP/9.9\r\nHost: ${HOST}\r\n\r\n`, refused(400, 505)],
  ['HTTP/1.10', `GET /it HTTP/1.10\r\nHost: ${HOST}\r\n\r\n`, refused(400, 505)],
  ['HTTP/01.1', `GET /it HTTP/01.1\r\nHost: ${HOST}\r\n\r\n`, refused(400, 505)],
  ['HTTP/1,1', `GET /it HTTP/1,1\r\nHost: ${HOST}\r\n\r\n`, refused(400, 505)],
  ['HTTP/1', `GET /it HTTP/1\r\nHost: ${HOST}\r\n\r\n`, refused(400, 505)],
  ['HTTP/1.', `GET /it HTTP/1.\r\nHost: ${HOST}\r\n\r\n`, refused(400, 505)],
  ['HTTP 1.1', `GET /it HTTP 1.1\r\nHost: ${HOST}\r\n\r\n`, refused(400, 505)],
  ['http/1.1 in small letters (§2.3)', `GET /it http/1.1\r\nHost: ${HOST}\r\n\r\n`, refused(400, 505)],
  ['another protocol', `GET /it ICE/1.1\r\nHost: ${HOST}\r\n\r\n`, refused(400, 505)],
  ['RTSP', `DESCRIBE /it RTSP/1.0\r\nHost: ${HOST}\r\n\r\n`, refused(400, 405, 501, 505)],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', refused(400, 505)],
  ['TLS', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', refused(400)],
  ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', refused(400)]
]

t.test('heads of requests', async t => {
  const wire = await setWire(t)
  for (const [what, line, verdict] of LINES) await t.test(`a header with ${what}`, t => judge(t, wire, wire.get([line], GET), verdict))
  for (const [what, bytes, verdict] of STARTS) await t.test(what, t => judge(t, wire, bytes, verdict))

  await t.test('too large a head', async t => {
    await judge(t, wire, wire.get([`X: ${'x'.repeat(100_000)}`], GET), refused(431))
    await judge(t, wire, wire.get(Array.from({ length: 5000 }, (_, i) => `X-${i}: ${'x'.repeat(20)}`), GET), refused(431))
    await judge(t, wire, wire.get([], `GET /${'x'.repeat(100_000)} HTTP/1.1`), refused(414, 431))
    await judge(t, wire, wire.get([], `${'G'.repeat(100_000)} / HTTP/1.1`), refused(400, 414, 431, 501))
  })

  await t.test('many small headers: all of them count, or none', async t => {
    const many = Array.from({ length: 2500 }, () => 'a:1')
    await judge(t, wire, wire.get([...many, 'Content-Length: 7'], 'POST /it HTTP/1.1') + 'GET / H', either(passes('POST /it HTTP/1.1', 'GET / H'), refused(400, 431)))
    await judge(t, wire, wire.get([...many, `Host: other.${HOST}`], GET), refused(400, 431))
  })

  await t.test('names, values and order are kept', async t => {
    const lines = ['aCCept: */*', 'X-Two: 1', 'X-ONE: caf\xe9', 'X-Two:  2  ', 'x-two:\t3', 'Cookie: a=1', 'Cookie: b=2', 'X-Empty:', 'User-Agent: x, y; "z']
    await wire.ask(wire.get(lines))
    const [request] = wire.tenant.take()
    const own = request?.fields.filter(([name]) => !/^(host|connection|via|traceparent|x-forwarded-\w+|x-request-id|x-tenant-\w+)$/i.test(name))
    t.strictSame(own, [
      ['aCCept', '*/*'], ['X-Two', '1'], ['X-ONE', 'caf\xe9'], ['X-Two', '2'], ['x-two', '3'], ['Cookie', 'a=1'], ['Cookie', 'b=2'], ['X-Empty', ''], ['User-Agent', 'x, y; "z']
    ])
  })

  await t.test('a head that comes byte by byte', async t => {
    const client = await wire.client()
    for (const byte of wire.get(['X: 1'], GET)) await new Promise(resolve => client.socket.write(byte, 'latin1', resolve))
    t.equal((await client.responses())[0]?.body, '/it')
    t.strictSame(wire.tenant.take().map(({ start }) => start), [GET])
  })

  await t.test('Expect: anything but 100-continue is 417 (RFC 9110 §10.1.1)', async t => {
    for (const expectation of ['200-ok', '100-continue, x', 'x=y;z']) {
      const client = await wire.client()
      client.send(wire.get([`Expect: ${expectation}`], 'POST /it HTTP/1.1'))
      const [answer] = await client.responses()
      client.socket.destroy()
      if (answer === undefined) throw new Error('No answer')
      t.equal(statusOf(answer), 417, expectation)
      isProblem(t, answer)
      t.ok(fieldOf(answer, 'content-length'))
    }
    wire.tenant.forget()
    await wire.ask(wire.get([], 'GET /barrier HTTP/1.1'))
    t.equal(wire.tenant.take().length, 1, 'the tenant heard of none')
  })
})
