import t from 'tap'
import { hasOption, MalformedResponse, parseResponseHead, parseTrailers } from '../../gateway/response-head.ts'
import type { Framing, ResponseHead } from '../../gateway/response-head.ts'

const head = (...lines: string[]) => parseResponseHead(lines.join('\r\n'), 'GET')
const ok = (...lines: string[]) => head('HTTP/1.1 200 OK', ...lines)

const LINES: ReadonlyArray<[line: string, head: Partial<ResponseHead>]> = [
  ['HTTP/1.1 200 OK', { status: 200, reason: 'OK', minor: 1 }],
  ['HTTP/1.0 200 OK', { status: 200, reason: 'OK', minor: 0 }],
  ['HTTP/1.1 100 Continue', { status: 100, reason: 'Continue' }],
  ['HTTP/1.1 999 ', { status: 999, reason: '' }],
  ['HTTP/1.1 204', { status: 204, reason: '' }],
  ['HTTP/1.1 200  two\tspaces ', { status: 200, reason: ' two\tspaces ' }],
  ['HTTP/1.1 404 D\xe9j\xe0 vu', { status: 404, reason: 'D\xe9j\xe0 vu' }]
]

t.test('status lines', async t => {
  for (const [line, expected] of LINES) t.match(head(line), expected, line)
})

const NO_LINES = [
  '', 'HTTP/1.1', 'HTTP/1.1 ', 'HTTP/1.1 20', 'HTTP/1.1 2000', 'HTTP/1.1 099 x', 'HTTP/1.1 2x0 OK', 'HTTP/1.1 200OK', 'HTTP/1.1  200 OK', 'HTTP/1.1\t200 OK', 'HTTP/1.1 200\tOK',
  'HTTP/1.2 200 OK', 'HTTP/2 200 OK', 'HTTP/2.0 200 OK', 'HTTP/11.1 200 OK', 'http/1.1 200 OK', ' HTTP/1.1 200 OK', 'ICY 200 OK', 'GET / HTTP/1.1', '<html>',
  'HTTP/1.1 200 O\0K', 'HTTP/1.1 200 O\rK', 'HTTP/1.1 200 O\nK', 'HTTP/1.1 200 \x7f', 'HTTP/1.1 200 OK\r', '\r\nHTTP/1.1 200 OK'
]

t.test('what is no status line', async t => {
  for (const line of NO_LINES) t.throws(() => head(line), MalformedResponse, JSON.stringify(line))
})

t.test('headers stay as they are, but for the space around a value', async t => {
  t.match(ok('X-A: 1', 'x-a:2', 'Set-COOKIE:\t a=1; b \t', 'Empty:', 'Blank: \t', "!#$%&'*+-.^_`|~09: \xe9:\t:\xff"), {
    headers: ['X-A', '1', 'x-a', '2', 'Set-COOKIE', 'a=1; b', 'Empty', '', 'Blank', '', "!#$%&'*+-.^_`|~09", '\xe9:\t:\xff'],
    names: ['x-a', 'x-a', 'set-cookie', 'empty', 'blank', "!#$%&'*+-.^_`|~09"]
  })
  t.match(head('HTTP/1.1 200 OK'), { headers: [], names: [], connection: '', keepAliveMs: null })
})

const NO_HEADERS = [
  'nonsense', '', ': 1', ' : 1', ' X: 1', '\tX: 1', 'X : 1', 'X\t: 1', 'X Y: 1', 'X\0: 1', 'X\xe9: 1', 'X(: 1', '"X": 1', 'X/Y: 1', 'X;: 1', 'X\r: 1', 'X\n: 1',
  'X: a\0b', 'X: a\rb', 'X: a\nb', 'X: a\x1bb', 'X: a\x7fb', 'X: \x0b', 'X: \r', '\nX: 1'
]

t.test('what is no header', async t => {
  for (const line of NO_HEADERS) {
    t.throws(() => ok(line), MalformedResponse, JSON.stringify(line))
    t.throws(() => ok('A: 1', line, 'B: 2'), MalformedResponse, `${JSON.stringify(line)} among others`)
    if (line !== '') t.throws(() => parseTrailers(`A: 1\r\n${line}`), MalformedResponse, `${JSON.stringify(line)} as a trailer`)
  }
})

const NONE: Framing = { kind: 'none' }
const CLOSE: Framing = { kind: 'close' }
const CHUNKED: Framing = { kind: 'chunked' }
const of = (length: number): Framing => ({ kind: 'length', length })

const FRAMINGS: ReadonlyArray<[method: string, status: number, lines: string[], framing: Framing]> = [
  ['GET', 200, [], CLOSE],
  ['GET', 200, ['Content-Length: 5'], of(5)],
  ['GET', 200, ['CONTENT-LENGTH:\t007 '], of(7)],
  ['GET', 200, ['Content-Length: 0'], NONE],
  ['GET', 200, ['Content-Length: 999999999999999'], of(999999999999999)],
  ['GET', 200, ['Transfer-Encoding: chunked'], CHUNKED],
  ['GET', 200, ['transfer-ENCODING: \tChunked '], CHUNKED],
  ['POST', 404, ['Content-Length: 5'], of(5)],
  ['GET', 205, ['Content-Length: 5'], of(5)],
  ['HEAD', 200, [], NONE],
  ['HEAD', 200, ['Content-Length: 5'], NONE],
  ['HEAD', 200, ['Transfer-Encoding: chunked'], NONE],
  ['GET', 100, ['Content-Length: 5'], NONE],
  ['GET', 101, [], NONE],
  ['GET', 199, ['Transfer-Encoding: chunked'], NONE],
  ['GET', 204, ['Content-Length: 5'], NONE],
  ['GET', 204, [], NONE],
  ['GET', 304, ['Content-Length: 5'], NONE],
  ['GET', 304, ['Transfer-Encoding: chunked'], NONE]
]

t.test('where a body ends (RFC 9112 §6.3)', async t => {
  for (const [method, status, lines, framing] of FRAMINGS) {
    t.strictSame(parseResponseHead([`HTTP/1.1 ${status} x`, ...lines].join('\r\n'), method).framing, framing, `${method} ${status} ${lines}`)
  }
})

const AMBIGUOUS: string[][] = [
  ...['', '-1', '+1', '1.0', '1e1', '0x1', '1,1', '1, 1', '1 1', '"1"', 'x', '\xb2', '1'.repeat(16)].map(value => [`Content-Length: ${value}`]),
  ...['', 'gzip', 'identity', 'chunked, chunked', 'gzip, chunked', 'chunked, gzip', 'chunked;q=1', '"chunked"', 'xchunked', 'chunkedx', 'chunked,', 'chunked\t', '\tchunked\t', 'chunked\t ', 'chunked \t '].map(value => [`Transfer-Encoding: ${value}`]),
  ['Content-Length: 1', 'Content-Length: 1'],
  ['Content-Length: 0', 'Content-Length: 0'],
  ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
  ['Content-Length: 1', 'Transfer-Encoding: chunked'],
  ['Transfer-Encoding: chunked', 'Content-Length: 0']
]

t.test('what two readers could take for two different things', async t => {
  for (const lines of AMBIGUOUS) t.throws(() => ok(...lines), MalformedResponse, lines.join(' '))
  t.throws(() => head('HTTP/1.0 200 OK', 'Transfer-Encoding: chunked'), MalformedResponse, 'HTTP/1.0 knows no transfer coding')
})

const PERSISTENCE: ReadonlyArray<[minor: 0 | 1, connection: string[], persistent: boolean]> = [
  [1, [], true],
  [1, ['keep-alive'], true],
  [1, ['close'], false],
  [1, ['Close'], false],
  [1, ['foo, CLOSE ,bar'], false],
  [1, ['foo', 'close'], false],
  [1, ['keep-alive, close'], false],
  [1, ['closed'], true],
  [1, ['x-close, close-x'], true],
  [1, [''], true],
  [0, [], false],
  [0, ['Keep-Alive'], true],
  [0, ['foo', 'keep-alive'], true],
  [0, ['x-keep-alive'], false],
  [0, ['close'], false],
  [0, ['keep-alive, close'], false]
]

t.test('whether the connection goes on (RFC 9112 §9.3)', async t => {
  for (const [minor, options, persistent] of PERSISTENCE) {
    const lines = options.map(option => `Connection: ${option}`)
    t.equal(head(`HTTP/1.${minor} 200 OK`, ...lines, 'Content-Length: 1').persistent, persistent, `1.${minor} ${options}`)
    t.equal(head(`HTTP/1.${minor} 200 OK`, ...lines).persistent, false, 'never where it is the end of the body')
  }
  t.equal(ok('Connection: A', 'connection: B, C').connection, 'a,b, c')
})

t.test('how long the tenant keeps it', async t => {
  const values: Array<[string, number | null]> = [
    ['timeout=5', 5000], ['timeout=5, max=1000', 5000], ['max=1000, Timeout=72', 72_000], ['max=1;timeout=0', null], ['timeout=0', 0], ['timeout=', null], ['xtimeout=5', null], ['', null]
  ]
  for (const [value, ms] of values) t.equal(ok(`Keep-Alive: ${value}`).keepAliveMs, ms, value)
})

t.test('options in a list', async t => {
  for (const list of ['close', 'a,close', 'close ,a', 'a,\tclose,b']) t.ok(hasOption(list, 'close'), list)
  for (const list of ['', 'clos', 'closed', 'a-close', 'a close', '"close"']) t.notOk(hasOption(list, 'close'), list)
})

t.test('trailers', async t => {
  t.strictSame(parseTrailers('X-Sum: 1'), ['X-Sum', '1'])
  t.strictSame(parseTrailers('X-Sum:1 \r\nx-sum:\r\nY: a:\tb'), ['X-Sum', '1', 'x-sum', '', 'Y', 'a:\tb'])
})
