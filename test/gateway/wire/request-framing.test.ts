// Where a request ends: RFC 9112 §6. Whatever two parties could read differently must not reach the tenant.
import t from 'tap'
import { answered, either, judge, passes, refused } from './verdict.ts'
import type { Verdict } from './verdict.ts'
import { HOST, setWire } from './wire.ts'

const POST = 'POST /it HTTP/1.1'
const CHUNKS = '5\r\nhello\r\n0\r\n\r\n'

const whole = passes(POST, 'hello')
const empty = passes(POST)

/** By their header lines; the body is five bytes, `hello`. */
const LENGTHS: Array<[what: string, lines: string[], verdict: Verdict]> = [
  ['one length', ['Content-Length: 5'], whole],
  ['tabs around it', ['Content-Length:\t5\t'], whole],
  ['no space before it', ['content-length:5'], whole],
  ['leading zeros', ['Content-Length: 0005'], either(whole, refused(400))],
  // §6.3: equal ones may be taken for one.
  ['the same twice', ['Content-Length: 5', 'Content-Length: 5'], either(whole, refused(400))],
  ['the same in a list', ['Content-Length: 5, 5'], either(whole, refused(400))],
  ['an empty list element', ['Content-Length: 5,'], either(whole, refused(400))],
  ['two', ['Content-Length: 5', 'Content-Length: 6'], refused(400)],
  ['two, the lower last', ['Content-Length: 6', 'Content-Length: 5'], refused(400)],
  ['two, one of them nothing', ['Content-Length: 0', 'Content-Length: 5'], refused(400)],
  ['two in a list', ['Content-Length: 5, 6'], refused(400)],
  ['negative', ['Content-Length: -5'], refused(400)],
  ['with a sign', ['Content-Length: +5'], refused(400)],
  ['hexadecimal', ['Content-Length: 0x5'], refused(400)],
  ['hexadecimal digits', ['Content-Length: a'], refused(400)],
  ['with an exponent', ['Content-Length: 5e0'], refused(400)],
  ['with a fraction', ['Content-Length: 5.0'], refused(400)],
  ['an underscore in it', ['Content-Length: 0_5'], refused(400)],
  ['a space in it', ['Content-Length: 0 5'], refused(400)],
  ['something after it', ['Content-Length: 5 x'], refused(400)],
  ['a parameter', ['Content-Length: 5;q=1'], refused(400)],
  ['quoted', ['Content-Length: "5"'], refused(400)],
  ['no value', ['Content-Length:'], refused(400)],
  ['a vertical tab before it', ['Content-Length: \x0b5'], refused(400)],
  ['a vertical tab after it', ['Content-Length: 5\x0b'], refused(400)],
  ['a form feed after it', ['Content-Length: 5\x0c'], refused(400)],
  ['a NUL after it', ['Content-Length: 5\0'], refused(400)],
  ['a bare CR after it', ['Content-Length: 5\r'], refused(400)],
  ['a no-break space after it', ['Content-Length: 5\xa0'], refused(400)],
  ['2^64 + 5', ['Content-Length: 18446744073709551621'], refused(400, 413)],
  ['2^63', ['Content-Length: 9223372036854775808'], refused(400, 413)],
  ['a thousand digits', [`Content-Length: ${'9'.repeat(1000)}`], refused(400, 413)],
  ['a space before the colon', ['Content-Length : 5'], refused(400)],
  ['a tab before the colon', ['Content-Length\t: 5'], refused(400)],
  ['a NUL in the name', ['Content-Length\0: 5'], refused(400)],
  ['a folded value', ['Content-Length:\r\n 5'], either(whole, refused(400))],
  ['a second one by folding', ['X: 1\r\n Content-Length: 6', 'Content-Length: 5'], either(whole, refused(400))],
  ['after a bare CR', ['X: 1\rContent-Length: 6', 'Content-Length: 5'], refused(400)],
  ['after a bare LF', ['X: 1\nContent-Length: 6', 'Content-Length: 5'], refused(400)],
  ['named by Connection', ['Connection: Content-Length', 'Content-Length: 5'], either(whole, refused(400))]
]

/** By their header lines; the body is one chunk, `hello`, and the last one. */
const CODINGS: Array<[what: string, lines: string[], verdict: Verdict]> = [
  ['chunked', ['Transfer-Encoding: chunked'], whole],
  ['in capitals', ['TRANSFER-ENCODING: CHUNKED'], whole],
  ['a tab before it', ['Transfer-Encoding:\tchunked'], whole],
  // Node's parser refuses it, though optional white space may be a tab.
  ['a tab behind it', ['Transfer-Encoding: chunked\t'], either(whole, refused(400))],
  ['named by Connection', ['Connection: Transfer-Encoding', 'Transfer-Encoding: chunked'], either(whole, refused(400))],
  // §6.1: CL.TE and TE.CL.
  ['with a length before it', ['Content-Length: 5', 'Transfer-Encoding: chunked'], refused(400)],
  ['with a length behind it', ['Transfer-Encoding: chunked', 'Content-Length: 5'], refused(400)],
  ['with a length of nothing', ['Content-Length: 0', 'Transfer-Encoding: chunked'], refused(400)],
  ['with a length that is none', ['Content-Length: x', 'Transfer-Encoding: chunked'], refused(400)],
  // §6.1: a coding that is not understood is 501.
  ['gzip, chunked', ['Transfer-Encoding: gzip, chunked'], refused(501)],
  ['gzip, chunked on two lines', ['Transfer-Encoding: gzip', 'Transfer-Encoding: chunked'], refused(501)],
  ['identity, chunked', ['Transfer-Encoding: identity, chunked'], refused(400, 501)],
  // §6.3: chunked must be the last, or nobody can tell where the body ends: 400, also for what is not understood.
  ['xchunked', ['Transfer-Encoding: xchunked'], refused(400, 501)],
  ['chunkedx', ['Transfer-Encoding: chunkedx'], refused(400, 501)],
  ['gzip', ['Transfer-Encoding: gzip'], refused(400, 501)],
  ['identity', ['Transfer-Encoding: identity'], refused(400, 501)],
  ['chunked, gzip', ['Transfer-Encoding: chunked, gzip'], refused(400, 501)],
  ['chunked, identity', ['Transfer-Encoding: chunked, identity'], refused(400, 501)],
  ['chunked, then gzip on another line', ['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip'], refused(400, 501)],
  // §6.1: never twice.
  ['chunked, chunked', ['Transfer-Encoding: chunked, chunked'], refused(400, 501)],
  ['chunked on two lines', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], refused(400, 501)],
  ['chunked and x', ['Transfer-Encoding: chunked', 'Transfer-Encoding: x'], refused(400, 501)],
  ['x and chunked', ['Transfer-Encoding: x', 'Transfer-Encoding: chunked'], refused(501)],
  ['chunked and nothing', ['Transfer-Encoding: chunked', 'Transfer-Encoding:'], either(whole, refused(400, 501))],
  ['no value', ['Transfer-Encoding:'], refused(400, 501)],
  ['a comma after it', ['Transfer-Encoding: chunked,'], either(whole, refused(400, 501))],
  ['a comma before it', ['Transfer-Encoding: ,chunked'], either(whole, refused(400, 501))],
  ['a parameter', ['Transfer-Encoding: chunked;q=1'], refused(400, 501)],
  ['quoted', ['Transfer-Encoding: "chunked"'], refused(400, 501)],
  ['in single quotes', ["Transfer-Encoding: 'chunked'"], refused(400, 501)],
  ['two words', ['Transfer-Encoding: x chunked'], refused(400, 501)],
  ['a vertical tab before it', ['Transfer-Encoding: \x0bchunked'], refused(400, 501)],
  ['a vertical tab after it', ['Transfer-Encoding: chunked\x0b'], refused(400, 501)],
  ['a form feed before it', ['Transfer-Encoding: \x0cchunked'], refused(400, 501)],
  ['a NUL before it', ['Transfer-Encoding: \0chunked'], refused(400, 501)],
  ['a no-break space before it', ['Transfer-Encoding: \xa0chunked'], refused(400, 501)],
  ['a bare CR before it', ['Transfer-Encoding: \rchunked'], refused(400, 501)],
  ['a bare LF before it', ['Transfer-Encoding: \nchunked'], refused(400, 501)],
  // §5.1: a server MUST refuse white space before the colon with 400.
  ['a space before the colon', ['Transfer-Encoding : chunked'], refused(400)],
  ['a tab before the colon', ['Transfer-Encoding\t: chunked'], refused(400)],
  ['a vertical tab before the colon', ['Transfer-Encoding\x0b: chunked'], refused(400)],
  ['a CR before the colon', ['Transfer-Encoding\r: chunked'], refused(400)],
  ['a space before the name', ['X: 1', ' Transfer-Encoding: chunked'], refused(400)],
  ['folded', ['Transfer-Encoding:\r\n chunked'], either(whole, refused(400, 501))],
  ['folded with a tab', ['Transfer-Encoding: gzip,\r\n\tchunked'], refused(400, 501)],
  ['after a bare LF', ['X: 1\nTransfer-Encoding: chunked'], either(whole, refused(400))],
  ['after a bare CR', ['X: 1\rTransfer-Encoding: chunked'], refused(400)]
]

t.test('lengths and codings of requests', async t => {
  const wire = await setWire(t)
  for (const [what, lines, verdict] of LENGTHS) {
    await t.test(`Content-Length: ${what}`, t => judge(t, wire, `${wire.get(lines, POST)}hello`, verdict))
  }
  for (const [what, lines, verdict] of CODINGS) {
    await t.test(`Transfer-Encoding: ${what}`, t => judge(t, wire, `${wire.get(lines, POST)}${CHUNKS}`, verdict))
  }

  await t.test('neither: no body, whatever the method', async t => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      const start = `${method} /it HTTP/1.1`
      await judge(t, wire, wire.get([], start), method === 'TRACE' ? either(passes(start), answered(405, 501)) : passes(start))
    }
    await judge(t, wire, wire.get(['Content-Length: 0'], POST), empty)
    // Names that only look like it are not it.
    await judge(t, wire, wire.get(['Content_Length: 5', 'Transfer_Encoding: chunked', 'Content-Length-X: 5'], POST), empty)
  })

  await t.test('a body with a method that has none by custom', async t => {
    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS']) {
      const start = `${method} /it HTTP/1.1`
      await judge(t, wire, `${wire.get(['Content-Length: 5'], start)}hello`, passes(start, 'hello'))
      await judge(t, wire, wire.get(['Transfer-Encoding: chunked'], start) + CHUNKS, passes(start, 'hello'))
    }
  })

  await t.test('a request in the body of another stays there', async t => {
    const inner = `GET /smuggled HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
    await judge(t, wire, `${wire.get([`Content-Length: ${inner.length}`], POST)}${inner}`, passes(POST, inner))
    await judge(t, wire, `${wire.get(['Transfer-Encoding: chunked'], POST)}${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`, passes(POST, inner))
  })

  await t.test('HTTP/1.0 has no chunks: the framing is faulty (§6.1)', async t => {
    const start = 'POST /it HTTP/1.0'
    await judge(t, wire, wire.get(['Transfer-Encoding: chunked'], start) + CHUNKS, refused(400))
    await judge(t, wire, wire.get(['Connection: keep-alive', 'Transfer-Encoding: chunked'], start) + CHUNKS, refused(400))
    await judge(t, wire, wire.get(['Content-Length: 5', 'Transfer-Encoding: chunked'], start) + CHUNKS, refused(400))
    await judge(t, wire, `${wire.get(['Connection: keep-alive', 'Content-Length: 5'], start)}hello`, whole)
  })
})
