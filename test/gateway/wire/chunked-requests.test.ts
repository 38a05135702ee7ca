// The chunks of a request's body: RFC 9112 §7.1. A body that goes wrong must not look whole to the tenant.
import t from 'tap'
import { waitFor } from '../../world/wait-for.ts'
import { cut, either, judge, passes } from './verdict.ts'
import type { Verdict } from './verdict.ts'
import { setWire } from './wire.ts'

const POST = 'POST /it HTTP/1.1'
const LAST = '0\r\n\r\n'
const whole = passes(POST, 'hello')

const BODIES: Array<[what: string, body: string, verdict: Verdict]> = [
  ['one chunk', `5\r\nhello\r\n${LAST}`, whole],
  ['five chunks', `1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n${LAST}`, whole],
  ['no chunk', LAST, passes(POST)],
  ['capitals', `A\r\nhellohello\r\n${LAST}`, passes(POST, 'hellohello')],
  ['many zeros', '0000000005\r\nhello\r\n0000\r\n\r\n', either(whole, cut)],
  ['an extension', '5;a=b\r\nhello\r\n0;last\r\n\r\n', whole],
  ['an extension with a quoted value', `5;a="b c;\\"d"\r\nhello\r\n${LAST}`, either(whole, cut)],
  ['an extension with white space (BWS)', `5 ; a = b\r\nhello\r\n${LAST}`, either(whole, cut)],
  ['white space behind the size', `5 \r\nhello\r\n${LAST}`, either(whole, cut)],
  ['an extension of 1 MiB', `5;a=${'x'.repeat(1024 * 1024)}\r\nhello\r\n${LAST}`, either(whole, cut)],
  ['extensions without an end', `${'1;a=bcdefghijklmnopqrstuvwxyz\r\nx\r\n'.repeat(20_000)}${LAST}`, either(passes(POST, 'x'.repeat(20_000)), cut)],
  ['trailers, which end here', '5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n', whole],
  ['trailers that frame or route', '5\r\nhello\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\nHost: evil.example\r\nX-Tenant-Id: evil\r\n\r\n', either(whole, cut)],

  ['a prefix 0x', `0x5\r\nhello\r\n${LAST}`, cut],
  ['a suffix h', `5h\r\nhello\r\n${LAST}`, cut],
  ['negative', `-5\r\nhello\r\n${LAST}`, cut],
  ['with a sign', `+5\r\nhello\r\n${LAST}`, cut],
  ['an underscore', `0_5\r\nhello\r\n${LAST}`, cut],
  ['no hexadecimal', `g\r\nhello\r\n${LAST}`, cut],
  ['no size', `\r\nhello\r\n${LAST}`, cut],
  ['an extension for a size', `;a=b\r\nhello\r\n${LAST}`, cut],
  ['white space before the size', ` 5\r\nhello\r\n${LAST}`, cut],
  ['a space in the size', `0 5\r\nhello\r\n${LAST}`, cut],
  ['a vertical tab before the size', `\x0b5\r\nhello\r\n${LAST}`, cut],
  ['a NUL behind the size', `5\0\r\nhello\r\n${LAST}`, cut],
  ['2^64 + 5', `10000000000000005\r\nhello\r\n${LAST}`, cut],
  ['a hundred digits', `${'f'.repeat(100)}\r\nhello\r\n${LAST}`, cut],
  ['two sizes', `5,5\r\nhello\r\n${LAST}`, cut],

  ['a bare LF behind the size', `5\nhello\r\n${LAST}`, cut],
  ['a bare CR behind the size', `5\rhello\r\n${LAST}`, cut],
  ['CR CR LF behind the size', `5\r\r\nhello\r\n${LAST}`, cut],
  ['a bare LF in an extension (CVE-2023-30589 and kin)', `5;a\nhello\r\n${LAST}`, cut],
  ['a bare CR in an extension', `5;a\rb\r\nhello\r\n${LAST}`, cut],
  ['a bare LF that hides a request', `5;\nxx\r\nhello\r\n${LAST}`, cut],
  ['a NUL in an extension', `5;a\0b\r\nhello\r\n${LAST}`, cut],
  ['a line end in quotes', `5;a="\r\nhello\r\n${LAST}`, either(whole, cut)],
  ['nothing behind a chunk', `5\r\nhello${LAST}`, cut],
  ['a bare LF behind a chunk', `5\r\nhello\n${LAST}`, cut],
  ['a bare CR behind a chunk', `5\r\nhello\r${LAST}`, cut],
  ['two bytes that are no CRLF behind a chunk', `5\r\nhelloXX${LAST}`, cut],
  ['one byte more than announced', `5\r\nhello!\r\n${LAST}`, cut],
  ['one byte less than announced', `6\r\nhello\r\n${LAST}`, cut],
  ['an empty line between chunks', `5\r\nhello\r\n\r\n${LAST}`, cut],
  ['a bare LF behind the last chunk', '5\r\nhello\r\n0\n\r\n', cut],
  ['a bare LF for the last line', '5\r\nhello\r\n0\r\n\n', cut],
  ['a bare CR for the last line', '5\r\nhello\r\n0\r\n\rX', cut],
  ['a trailer without a colon', '5\r\nhello\r\n0\r\nnonsense\r\n\r\n', cut],
  ['a trailer with a space before the colon', '5\r\nhello\r\n0\r\nX : 1\r\n\r\n', cut],
  ['a trailer with a NUL', '5\r\nhello\r\n0\r\nX: a\0b\r\n\r\n', cut],
  ['a trailer with a bare LF', '5\r\nhello\r\n0\r\nX: 1\nY: 2\r\n\r\n', either(whole, cut)],
  ['a folded trailer', '5\r\nhello\r\n0\r\nX: 1\r\n 2\r\n\r\n', either(whole, cut)],
  ['a trailer without a name', '5\r\nhello\r\n0\r\n: 1\r\n\r\n', cut],
  ['a trailer of 1 MiB', `5\r\nhello\r\n0\r\nX: ${'x'.repeat(1024 * 1024)}\r\n\r\n`, cut],
  ['100,000 trailers', `5\r\nhello\r\n0\r\n${'X: 1\r\n'.repeat(100_000)}\r\n`, cut]
]

t.test('chunked bodies of requests', async t => {
  const wire = await setWire(t)
  const half = () => wire.tenant.halfway().length
  const waitForHalf = () => waitFor('the half of it at the tenant', () => half() === 1)
  const waitForNothing = () => waitFor('the tenant to be rid of it', () => half() === 0)

  for (const [what, body, verdict] of BODIES) {
    await t.test(what, t => judge(t, wire, `${wire.get(['Transfer-Encoding: chunked'], POST)}${body}`, verdict))
  }

  await t.test('one byte at a time', async t => {
    const client = await wire.client()
    for (const byte of `${wire.get(['Transfer-Encoding: chunked'], POST)}5;a=b\r\nhello\r\n00\r\nX-Sum: 1\r\n\r\n`) {
      await new Promise(resolve => client.socket.write(byte, 'latin1', resolve))
    }
    const [answer] = await client.responses()
    t.equal(answer?.body, '/it')
    t.strictSame(wire.tenant.take().map(({ start, body, trailers }) => [start, body, trailers]), [[POST, 'hello', []]])
  })

  await t.test('a body that the client does not end is not ended for it', async t => {
    for (const [lines, body] of [[['Transfer-Encoding: chunked'], '5\r\nhello\r\n'], [['Content-Length: 6'], 'hello']] as const) {
      const client = await wire.client()
      client.send(wire.get(lines, POST) + body)
      await waitForHalf()
      client.socket.destroy()
      await waitForNothing()
      t.strictSame(wire.tenant.take(), [])
    }
  })

  await t.test('2^32 + 5 is not five', async t => {
    const client = await wire.client()
    client.send(`${wire.get(['Transfer-Encoding: chunked'], POST)}100000005\r\nhello\r\n${LAST}`)
    await waitFor('a request that goes on, or is refused', () => half() === 1 || client.ending() !== 'open')
    client.socket.destroy()
    await waitForNothing()
    t.strictSame(wire.tenant.take(), [])
  })

  await t.test('nor when it says that no more will come', async t => {
    for (const [lines, body] of [[['Transfer-Encoding: chunked'], '5\r\nhello\r\n'], [['Content-Length: 6'], 'hello']] as const) {
      const client = await wire.client()
      client.send(wire.get(lines, POST) + body)
      await waitForHalf()
      client.socket.end()
      await waitForNothing()
      t.strictSame(wire.tenant.take(), [])
    }
  })
})
