// Whom a request is for: RFC 9112 §3.2, RFC 9110 §7.2 and §9.3.
import t from 'tap'
import { answered, either, isProblem, judge, passes, refused } from './verdict.ts'
import type { Verdict } from './verdict.ts'
import { fieldOf, statusOf } from './message.ts'
import { HOST, setWire } from './wire.ts'

/** Where the request ends is clear: it may be answered and the connection kept, but the tenant must not get it. */
const bad = either(refused(400), answered(400))
/** As long as it is refused, it does not matter by whom: nobody lives there, or nobody can. */
const nobody = either(refused(400, 404, 421, 503), answered(400, 404, 421, 503))

/** What is in the request line between the method and the version, for a GET. */
const TARGETS: Array<[target: string, verdict: Verdict]> = [
  ...['/', '/a?b=c', '/?', '//a/../b/./c', '/a%2fb%00', '/%zz', '/*', '//other.example/x', '/http://other.example/', '/a;b=c', '/a:80', '/@', "/!$&'()*+,=~"].map(asItIs),
  // No URI, but what browsers and others send; a path is the tenant's business.
  ...['/a|b', '/a[1]', '/a{b}', '/a"b', '/a<b>', '/a^b`c', '/a\\b'].map(target => [target, either(asItIs(target)[1], refused(400))] satisfies [string, Verdict]),
  ['/caf\xe9', either(asItIs('/caf\xe9')[1], refused(400))],
  // RFC 9112 §3.2: a fragment is never part of a request target.
  ['/a#b', bad],
  ['/#', bad],
  ['/a b', refused(400)],
  ['/a\tb', refused(400)],
  ['/a\0b', refused(400)],
  ['/a\x01b', refused(400)],
  ['/a\x0bb', refused(400)],
  ['/a\x7fb', refused(400)],
  ['', refused(400)],
  ['a', bad],
  ['?a', bad],
  ['*', bad],
  ['*/', bad],
  ['\\', bad],
  [`${HOST}:80`, bad],
  [HOST, bad],
  // §3.2.2: the authority of an absolute form replaces Host.
  [`http://${HOST}/a?b`, passes('GET /a?b HTTP/1.1')],
  [`HTTP://${HOST}/a`, passes('GET /a HTTP/1.1')],
  [`https://${HOST}/a`, passes('GET /a HTTP/1.1')],
  [`http://${HOST}:8080/a`, passes('GET /a HTTP/1.1')],
  [`http://${HOST}`, passes('GET / HTTP/1.1')],
  [`http://${HOST}?a=b`, passes('GET /?a=b HTTP/1.1')],
  [`http://${HOST}//a/../b`, passes('GET //a/../b HTTP/1.1')],
  ['http://other.example/a', nobody],
  [`http://other.example\\@${HOST}/a`, bad],
  [`http://other.example#@${HOST}/a`, nobody],
  // RFC 9110 §4.2.4: user information is an error.
  [`http://user@${HOST}/a`, bad],
  [`http://user:password@${HOST}/a`, bad],
  ['http:///a', bad],
  ['http://', bad],
  [`http:/${HOST}/a`, bad],
  [`ftp://${HOST}/a`, bad],
  [`ws://${HOST}/a`, bad],
  [`http://${HOST}:99999/a`, bad],
  [`http://${HOST}:x/a`, bad]
]

function asItIs (target: string): [string, Verdict] {
  return [target, passes(`GET ${target} HTTP/1.1`)]
}

/** The lines that name the host. */
const HOSTS: Array<[what: string, lines: string[], verdict: Verdict]> = [
  ['in capitals', [`HOST: ${HOST.toUpperCase()}`], passes('GET / HTTP/1.1')],
  ['with a port', [`Host: ${HOST}:8080`], passes('GET / HTTP/1.1')],
  ['with white space around it', [`Host: \t${HOST}  `], passes('GET / HTTP/1.1')],
  ['with an empty port', [`Host: ${HOST}:`], either(passes('GET / HTTP/1.1'), bad)],
  ['with a dot at its end', [`Host: ${HOST}.`], either(passes('GET / HTTP/1.1'), bad)],
  // §3.2: none, more than one, or an invalid one MUST be 400.
  ['none', [], bad],
  ['empty', ['Host:'], bad],
  ['twice', [`Host: ${HOST}`, `Host: ${HOST}`], bad],
  ['two', [`Host: ${HOST}`, 'Host: other.example'], bad],
  ['two, the other first', ['Host: other.example', `Host: ${HOST}`], bad],
  ['two, one of them empty', [`Host: ${HOST}`, 'Host:'], bad],
  ['two in different letters', [`Host: ${HOST}`, 'hOsT: other.example'], bad],
  ['a list', [`Host: ${HOST}, other.example`], bad],
  ['a list of one', [`Host: ${HOST},`], bad],
  ['a space in it', [`Host: ${HOST} other.example`], bad],
  ['a path behind it', [`Host: ${HOST}/a`], bad],
  ['a query behind it', [`Host: ${HOST}?a`], bad],
  ['a fragment behind it', [`Host: ${HOST}#a`], bad],
  ['a user before it', [`Host: user@${HOST}`], bad],
  ['another behind an at sign', [`Host: ${HOST}@other.example`], bad],
  ['a scheme before it', [`Host: http://${HOST}`], bad],
  ['two ports', [`Host: ${HOST}:80:80`], bad],
  ['a port that is none', [`Host: ${HOST}:http`], bad],
  ['a port beyond 65535', [`Host: ${HOST}:65536`], bad],
  ['a port below zero', [`Host: ${HOST}:-1`], bad],
  ['percent-encoded', [`Host: ${HOST.replace('w', '%77')}`], bad],
  ['an underscore-named one beside none', [`H_ost: ${HOST}`], bad],
  ['bytes beyond ASCII', ['Host: caf\xe9.example'], nobody],
  ['a NUL in it', [`Host: ${HOST}\0`], refused(400)],
  ['a bare CR in it', [`Host: ${HOST}\r`], refused(400)],
  ['a space before the colon', [`Host : ${HOST}`], refused(400)],
  ['folded', [`Host:\r\n ${HOST}`], either(passes('GET / HTTP/1.1'), refused(400))]
]

t.test('whom a request is for', async t => {
  const wire = await setWire(t)
  const { tenant } = wire
  for (const [target, verdict] of TARGETS) {
    await t.test(`GET ${JSON.stringify(target)}`, t => judge(t, wire, wire.get([], `GET ${target} HTTP/1.1`), verdict))
  }
  for (const [what, lines, verdict] of HOSTS) {
    await t.test(`Host: ${what}`, t => judge(t, wire, `${['GET / HTTP/1.1', ...lines].join('\r\n')}\r\n\r\n`, verdict))
  }

  await t.test('Host arrives as sent', async t => {
    for (const host of [HOST, HOST.toUpperCase(), `${HOST}:8080`]) {
      await wire.ask(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      t.equal(fieldOf(tenant.take()[0] ?? { fields: [] }, 'host'), host)
    }
  })

  await t.test('an absolute form replaces Host (§3.2.2), but one there must be', async t => {
    await wire.ask(`GET http://${HOST}:81/a HTTP/1.1\r\nHost: other.example\r\n\r\n`)
    const [request] = tenant.take()
    t.strictSame([request?.start, fieldOf(request ?? { fields: [] }, 'host')], ['GET /a HTTP/1.1', `${HOST}:81`])
    await judge(t, wire, `GET http://${HOST}/ HTTP/1.1\r\n\r\n`, bad)
    await judge(t, wire, `GET http://${HOST}/ HTTP/1.1\r\nHost: ${HOST}\r\nHost: other.example\r\n\r\n`, bad)
  })

  await t.test('HTTP/1.0: the host must be named all the same', async t => {
    await judge(t, wire, 'GET / HTTP/1.0\r\n\r\n', bad)
    await judge(t, wire, `GET / HTTP/1.0\r\nConnection: keep-alive\r\nHost: ${HOST}\r\n\r\n`, passes('GET / HTTP/1.1'))
    await judge(t, wire, `GET http://${HOST}/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`, either(passes('GET /a HTTP/1.1'), bad))
  })

  await t.test('OPTIONS for the whole server (§3.2.4)', async t => {
    await judge(t, wire, wire.get([], 'OPTIONS * HTTP/1.1'), passes('OPTIONS * HTTP/1.1'))
    await judge(t, wire, wire.get([], 'OPTIONS / HTTP/1.1'), passes('OPTIONS / HTTP/1.1'))
    for (const method of ['GET', 'POST', 'DELETE']) await judge(t, wire, wire.get([], `${method} * HTTP/1.1`), bad)
  })

  await t.test('CONNECT is refused, with an answer', async t => {
    for (const target of [`${HOST}:80`, 'other.example:443', '/', '*', `http://${HOST}/`]) {
      await judge(t, wire, wire.get([], `CONNECT ${target} HTTP/1.1`), refused(400, 403, 405, 501))
    }
  })

  await t.test('and the answer before it is not lost', async t => {
    tenant.forget()
    const client = await wire.client()
    client.send(wire.get([], 'GET /first HTTP/1.1') + wire.get([], `CONNECT ${HOST}:80 HTTP/1.1`))
    const [first, second] = await client.end()
    t.equal(first?.body, '/first')
    if (second === undefined) return t.fail('CONNECT has no answer')
    t.ok([400, 403, 405, 501].includes(statusOf(second)))
    isProblem(t, second)
  })
})
