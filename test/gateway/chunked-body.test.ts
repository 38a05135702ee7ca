import t from 'tap'
import { ChunkedBody } from '../../gateway/chunked-body.ts'
import { MalformedResponse } from '../../gateway/response-head.ts'

interface Read { body: string, trailers: readonly string[], done: boolean, at: number }

/** Reads `text` in pieces of `size` bytes, each in the middle of others that are not of it. */
function read (text: string, size: number): Read {
  const reader = new ChunkedBody()
  let body = ''
  let at = 0
  while (at < text.length && !reader.done) {
    const piece = text.slice(at, at + size)
    const stop = reader.push(Buffer.from(`0\r\n\r\n${piece}0\r\n\r\n`, 'latin1'), 5, 5 + piece.length, (bytes, start, end) => {
      body += bytes.toString('latin1', start, end)
      return true
    })
    at += stop - 5
  }
  return { body, trailers: reader.trailers, done: reader.done, at }
}

const everySize = (text: string) => [1, 2, 3, 7, Math.max(text.length, 1)]
const whole = (text: string, body: string, trailers: string[] = [], at = text.length): [string, Read] => [text, { body, trailers, done: true, at }]
const half = (text: string, body: string): [string, Read] => [text, { body, trailers: [], done: false, at: text.length }]

const BODIES: ReadonlyArray<[text: string, read: Read]> = [
  whole('0\r\n\r\n', ''),
  whole('000\r\n\r\n', ''),
  whole('2\r\nok\r\n0\r\n\r\n', 'ok'),
  whole('1\r\no\r\n01\r\nk\r\n0\r\n\r\n', 'ok'),
  whole('A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n', '01234567890123456789'),
  whole('10\r\n0\r\n\r\n0\r\n\r\n\r\nHTTP\r\n0\r\n\r\n', '0\r\n\r\n0\r\n\r\n\r\nHTTP'),
  whole('2\r\n\xff\0\r\n0\r\n\r\n', '\xff\0'),
  whole('2;a\r\nok\r\n0;b=c\r\n\r\n', 'ok'),
  whole('2;a=b;c="d e\\"f;\xff"\r\nok\r\n0\r\n\r\n', 'ok'),
  whole('2;a="";b\r\nok\r\n0\r\n\r\n', 'ok'),
  whole('0\r\nContent-Lengths: 5\r\n\r\n', '', ['Content-Lengths', '5']),
  whole('0\r\nX: 1\r\n\r\n', '', ['X', '1']),
  whole('1\r\no\r\n0\r\nX: 1\r\nx:2\r\nY:\r\n\r\n', 'o', ['X', '1', 'x', '2', 'Y', '']),
  whole('0\r\n\r\nHTTP/1.1 200 OK\r\n', '', [], 5),
  whole('0\r\nX: 1\r\n\r\n\r\n', '', ['X', '1'], 11),
  whole(`1;${'x'.repeat(4000)}\r\no\r\n0\r\n\r\n`, 'o'),
  whole(`0\r\nX: ${'x'.repeat(16_000)}\r\n\r\n`, '', ['X', 'x'.repeat(16_000)]),
  half('', ''),
  half('2', ''),
  half('2\r', ''),
  half('2\r\n', ''),
  half('2\r\no', 'o'),
  half('2\r\nok', 'ok'),
  half('2\r\nok\r', 'ok'),
  half('2\r\nok\r\n', 'ok'),
  half('2\r\nok\r\n0\r\n', 'ok'),
  half('2\r\nok\r\n0\r\n\r', 'ok'),
  half('2\r\nok\r\n0\r\nX: 1\r\n', 'ok'),
  half('fffffffffffff\r\no', 'o')
]

t.test('bodies, in pieces of any size', async t => {
  for (const [text, expected] of BODIES) {
    for (const size of everySize(text)) t.strictSame(read(text, size), expected, `${JSON.stringify(text.slice(0, 60))} by ${size}`)
  }
})

const BAD = [
  '\r\n', 'g\r\n', '-1\r\n', '+1\r\n', '0x1\r\n', ' 1\r\n', '1 \r\n', '1\t\r\n', '1 ;a\r\n', '1,1\r\n', '1.0\r\n', '1\0\r\n', '\xb2\r\n', `${'0'.repeat(13)}1\r\n`, `${'f'.repeat(14)}\r\n`,
  '1;\r\n', '1;;\r\n', '1; a\r\n', '1;a \r\n', '1;a=\r\n', '1;a= b\r\n', '1;="b"\r\n', '1;a="b\r\n', '1;a="b"c\r\n', '1;a="\\"\r\n', '1;a="\0"\r\n', '1;\xff\r\n',
  '0\r\nContent-Length: 5\r\n\r\n', '0\r\nA: 1\r\ntransfer-ENCODING: chunked\r\n\r\n',
  '1\n', '1;a\n', '1\n\r\n', '1\r\r\n', '1;a\rb\r\n', '1;\0\r\n', '1;\x7f\r\n', '\n1\r\n', '\r\n1\r\n',
  '1\r\nok\r\n', '1\r\no\n', '1\r\no\rx', '1\r\no\r\r\n', '1\r\nok', '1\r\no0\r\n\r\n',
  '0\r\n\n', '0\r\nX: 1\n', '0\r\nX: 1\n\r\n', '0\r\nnonsense\r\n\r\n', '0\r\nX : 1\r\n\r\n', '0\r\n X: 1\r\n\r\n', '0\r\nX: 1\r\n 2\r\n\r\n', '0\r\n: 1\r\n\r\n', '0\r\nX: a\0b\r\n\r\n', '0\r\nX: a\rb\r\n\r\n',
  `1;${'x'.repeat(5000)}`, `1;${'x'.repeat(5000)}\r\n`, '1'.repeat(5000), `0\r\nX: ${'x'.repeat(17_000)}`, `0\r\n${'X: 1\r\n'.repeat(4000)}\r\n`
]

t.test('what is no chunked body, in pieces of any size', async t => {
  for (const text of BAD) {
    for (const size of everySize(text)) t.throws(() => read(text, size), MalformedResponse, `${JSON.stringify(text.slice(0, 60))} by ${size}`)
  }
})

t.test('it stops when it is told to', async t => {
  const reader = new ChunkedBody()
  const bytes = Buffer.from('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
  const parts: string[] = []
  const take = (_: Buffer, start: number, end: number) => parts.push(bytes.toString('latin1', start, end)) > 1
  let at = reader.push(bytes, 0, bytes.length, take)
  t.strictSame([at, parts], [4, ['a']])
  at = reader.push(bytes, at, bytes.length, take)
  t.strictSame([at, parts, reader.done], [bytes.length, ['a', 'b'], true])
  t.equal(reader.push(bytes, 0, bytes.length, take), 0, 'and reads nothing behind the end')
})
