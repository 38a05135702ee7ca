/**
 * What a tenant may answer, from the ordinary to the hostile: RFC 9112 §4 to §9, RFC 9110 §15. A corpus for whatever
 * reads responses.
 */
export interface RawResponse extends Omit<Case, 'bytes'> {
  bytes: Buffer
}

/** What the client is to see: the whole answer, a 502 of the gateway's, or a connection that ends in the middle. */
export type Sight = { status: number, body: string } | 'bad gateway' | 'cut'

const ok = (body: string, status = 200): Sight => ({ status, body })
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
/** What is broken ends the answer: with a 502 where that came with the head, so that nothing of it is out yet. */
const BROKEN: Sight[] = ['cut', 'bad gateway']
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n'
/** Bytes behind an answer. It would be taken for the answer to the next request, if the connection were used again. */
export const STRAY = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray'

interface Case {
  what: string
  bytes: string
  /** Several where the RFC leaves a choice; none where only it must not harm the next one. */
  sees?: Sight[]
  method?: string
  /** The tenant ends its connection behind it. */
  ends?: boolean
  /** What the tenant still sends is not of this answer: its connection must not carry another request. */
  stray?: boolean
}

const KNOWN: Case[] = [
  { what: 'a length', bytes: `${OK}\r\nok`, sees: [ok('ok')] },
  { what: 'a length of nothing', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', sees: [ok('')] },
  { what: 'chunks', bytes: `${CHUNKED}1\r\no\r\n1;a=b\r\nk\r\n0\r\n\r\n`, sees: [ok('ok')] },
  { what: 'chunks in capitals', bytes: 'HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\nA\r\n0123456789\r\n000\r\n\r\n', sees: [ok('0123456789')] },
  { what: 'neither: until it ends', bytes: 'HTTP/1.1 200 OK\r\n\r\nall of it', ends: true, sees: [ok('all of it')] },
  { what: 'neither, of HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\n\r\nall of it', ends: true, sees: [ok('all of it')] },
  { what: 'neither, and nothing', bytes: 'HTTP/1.1 200 OK\r\n\r\n', ends: true, sees: [ok('')] },
  { what: 'HTTP/1.0 with a length', bytes: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', ends: true, sees: [ok('ok')] },
  { what: 'HTTP/1.0 with keep-alive', bytes: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok', sees: [ok('ok')] },
  { what: 'HTTP/1.0 without keep-alive: it is the last', bytes: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', stray: true, sees: [ok('ok')] },
  { what: 'Connection: close: it is the last', bytes: `${OK}Connection: close\r\n\r\nok`, stray: true, sees: [ok('ok')] },
  { what: 'Connection: Close, in a list', bytes: `${OK}Connection: foo, Close\r\n\r\nok`, stray: true, sees: [ok('ok')] },
  { what: 'an empty reason', bytes: 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok', sees: [ok('ok')] },
  { what: 'no reason and no space', bytes: 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', sees: [ok('ok'), 'bad gateway'] },
  { what: 'a reason beyond ASCII', bytes: 'HTTP/1.1 200 D\xe9j\xe0 vu\r\nContent-Length: 2\r\n\r\nok', sees: [ok('ok')] },
  { what: 'a status that nobody knows', bytes: 'HTTP/1.1 799 What\r\nContent-Length: 2\r\n\r\nok', sees: [ok('ok', 799)] },
  { what: 'an empty line before it', bytes: `\r\n${OK}\r\nok`, sees: [ok('ok'), 'bad gateway'] },

  { what: 'HEAD with a length', method: 'HEAD', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n', sees: [ok('')] },
  { what: 'HEAD with chunks announced', method: 'HEAD', bytes: CHUNKED, sees: [ok('')] },
  { what: 'HEAD with neither', method: 'HEAD', bytes: 'HTTP/1.1 200 OK\r\n\r\n', sees: [ok('')] },
  { what: 'HEAD with a body behind it', method: 'HEAD', bytes: `HTTP/1.1 200 OK\r\nContent-Length: ${STRAY.length}\r\n\r\n${STRAY}`, stray: true, sees: [ok('')] },
  { what: '204', bytes: 'HTTP/1.1 204 No Content\r\n\r\n', sees: [ok('', 204)] },
  { what: '204 with a length of nothing', bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', sees: [ok('', 204)] },
  { what: '204 with a body behind it', bytes: `HTTP/1.1 204 No Content\r\nContent-Length: ${STRAY.length}\r\n\r\n${STRAY}`, stray: true, sees: [ok('', 204), 'bad gateway'] },
  { what: '204 with chunks', bytes: 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nstray\r\n0\r\n\r\n', stray: true, sees: [ok('', 204), 'bad gateway'] },
  { what: '304 with the length of what it stands for', bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9999\r\n\r\n', sees: [ok('', 304)] },
  { what: '304 with a body behind it', bytes: `HTTP/1.1 304 Not Modified\r\nContent-Length: ${STRAY.length}\r\n\r\n${STRAY}`, stray: true, sees: [ok('', 304), 'bad gateway'] },
  { what: '205', bytes: 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n', sees: [ok('', 205)] },
  { what: 'more than its length', bytes: `${OK}\r\nok${STRAY}`, stray: true, sees: [ok('ok')] },
  { what: 'more behind its last chunk', bytes: `${CHUNKED}2\r\nok\r\n0\r\n\r\n${STRAY}`, stray: true, sees: [ok('ok')] },
  { what: 'an answer and another', bytes: `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n${STRAY}`, stray: true, sees: [ok('')] },

  { what: '100 before it', bytes: `HTTP/1.1 100 Continue\r\n\r\n${OK}\r\nok`, sees: [ok('ok')] },
  { what: '102 and 103 before it', bytes: `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${OK}\r\nok`, sees: [ok('ok')] },
  { what: '199 before it', bytes: `HTTP/1.1 199 What\r\n\r\n${OK}\r\nok`, sees: [ok('ok')] },
  { what: 'a hundred 100s before it', bytes: `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)}${OK}\r\nok`, sees: [ok('ok'), 'bad gateway'] },
  { what: 'a 100 with a length (no body is a 1xx\'s)', bytes: `HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n${OK}\r\nok`, sees: [ok('ok'), 'bad gateway'] },
  { what: '100 and nothing else', bytes: 'HTTP/1.1 100 Continue\r\n\r\n', ends: true, sees: ['bad gateway'] },
  { what: '101 not asked for', bytes: `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${STRAY}`, stray: true, sees: ['bad gateway'] },
  { what: '101 without Upgrade', bytes: `HTTP/1.1 101 Switching Protocols\r\n\r\n${OK}\r\nok`, stray: true, sees: ['bad gateway'] },

  { what: 'the same length twice', bytes: `${OK}Content-Length: 2\r\n\r\nok`, stray: true, sees: [ok('ok'), 'bad gateway'] },
  { what: 'two lengths', bytes: `${OK}Content-Length: 3\r\n\r\nok!`, sees: ['bad gateway'] },
  { what: 'two lengths in a list', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok!', sees: ['bad gateway'] },
  { what: 'a length and chunks', bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, stray: true, sees: [ok('ok'), 'bad gateway'] },
  { what: 'a negative length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a length with a sign', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a hexadecimal length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a length of no digits', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a length of 2^64 + 2', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'gzip, chunked, which nobody asked for', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', sees: ['bad gateway'] },
  { what: 'chunked twice', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', sees: ['bad gateway'] },
  { what: 'chunked that is not the last', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n2\r\nok\r\n0\r\n\r\n', ends: true, sees: ['bad gateway'] },
  { what: 'xchunked', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', ends: true, sees: ['bad gateway'] },
  { what: 'chunks of HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', ends: true, sees: ['bad gateway', ok('ok')] },
  { what: 'a space before the colon', bytes: `${OK}X : 1\r\n\r\nok`, sees: ['bad gateway', ok('ok')] },
  { what: 'a length with a space before its colon', bytes: 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok', ends: true, sees: ['bad gateway', ok('ok')] },
  { what: 'a folded header (§5.2)', bytes: `${OK}X: 1\r\n 2\r\n\r\nok`, sees: ['bad gateway', ok('ok')] },
  { what: 'a folded first header', bytes: 'HTTP/1.1 200 OK\r\n X: 1\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'bare LFs', bytes: 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', sees: ['bad gateway', ok('ok')] },
  { what: 'a bare CR in a value', bytes: `${OK}X: a\rb\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a NUL in a value', bytes: `${OK}X: a\0b\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a NUL in a name', bytes: `${OK}X\0Y: 1\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a header without a colon', bytes: `${OK}nonsense\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a header without a name', bytes: `${OK}: 1\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a space in a name', bytes: `${OK}X Y: 1\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a name beyond ASCII', bytes: `${OK}X\xe9: 1\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'status 000', bytes: 'HTTP/1.1 000 What\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'status 099', bytes: 'HTTP/1.1 099 What\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'status 99', bytes: 'HTTP/1.1 99 What\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'status 1000', bytes: 'HTTP/1.1 1000 What\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'status -200', bytes: 'HTTP/1.1 -200 What\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'no status', bytes: 'HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a status with a letter', bytes: 'HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a NUL in the reason', bytes: 'HTTP/1.1 200 O\0K\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a bare CR in the reason', bytes: 'HTTP/1.1 200 O\rK\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'HTTP/0.9', bytes: '<html>', ends: true, sees: ['bad gateway'] },
  { what: 'HTTP/2.0', bytes: 'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'small letters', bytes: 'http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'another protocol', bytes: 'ICY 200 OK\r\nContent-Length: 2\r\n\r\nok', sees: ['bad gateway'] },
  { what: 'a request', bytes: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', sees: ['bad gateway'] },
  { what: 'nothing', bytes: '', ends: true, sees: ['bad gateway'] },
  { what: 'half a head', bytes: 'HTTP/1.1 200 OK\r\nContent-Le', ends: true, sees: ['bad gateway'] },
  { what: 'a header of 70 KB', bytes: `${OK}X: ${'x'.repeat(70_000)}\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'a status line of 1 MB', bytes: `HTTP/1.1 200 ${'x'.repeat(1_000_000)}\r\nContent-Length: 2\r\n\r\nok`, sees: ['bad gateway'] },
  { what: 'more headers than anybody has', bytes: `${OK}${'X: 1\r\n'.repeat(100_000)}\r\nok`, sees: ['bad gateway'] },

  { what: 'less than its length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', ends: true, sees: ['cut'] },
  { what: 'nothing of its length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n', ends: true, sees: BROKEN },
  { what: 'chunks without the last', bytes: `${CHUNKED}4\r\nhalf\r\n`, ends: true, sees: ['cut'] },
  { what: 'half a chunk', bytes: `${CHUNKED}8\r\nhalf`, ends: true, sees: ['cut'] },
  { what: 'half the last chunk', bytes: `${CHUNKED}4\r\nhalf\r\n0\r\n`, ends: true, sees: ['cut'] },
  { what: 'half a trailer', bytes: `${CHUNKED}4\r\nhalf\r\n0\r\nX: 1\r\n`, ends: true, sees: ['cut'] },
  ...['g', '-1', '+1', '0x1', '', ' 1', '10000000000000001', '1\0', `${'f'.repeat(40)}`].map((size): Case =>
    ({ what: `a chunk of size ${JSON.stringify(size.slice(0, 20))}`, bytes: `${CHUNKED}4\r\nhalf\r\n${size}\r\nx\r\n0\r\n\r\n`, sees: BROKEN })),
  { what: 'a chunk that is longer than it says', bytes: `${CHUNKED}4\r\nhalf!\r\n0\r\n\r\n`, sees: BROKEN },
  { what: 'a bare LF behind a chunk size', bytes: `${CHUNKED}4\nhalf\r\n0\r\n\r\n`, sees: BROKEN },
  { what: 'a bare LF in a chunk extension', bytes: `${CHUNKED}4;a\nhalf\r\n0\r\n\r\n`, sees: BROKEN },
  { what: 'a trailer that is none', bytes: `${CHUNKED}4\r\nhalf\r\n0\r\nnonsense\r\n\r\n`, sees: BROKEN },
  { what: 'a trailer of 70 KB', bytes: `${CHUNKED}4\r\nhalf\r\n0\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, sees: BROKEN }
]

const answer = (lines: string, body = '2\r\nok\r\n0\r\n\r\n') => `HTTP/1.1 200 OK\r\n${lines}\r\n\r\n${body}`
const shown = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
const BYTES = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i))
const isOdd = (byte: string) => !/[\w\s]/.test(byte) || byte === '\x0b' || byte === '\x0c'

/** Variations on one place of a response each; what becomes of them is left open, but each ends with its connection. */
const VARIATIONS: Array<[place: string, of: (variation: string) => string, variations: string[]]> = [
  ['the version', version => `${version} 200 OK\r\nContent-Length: 2\r\n\r\nok`,
    ['HTTP/1.2', 'HTTP/1.9', 'HTTP/0.9', 'HTTP/2', 'HTTP/3.0', 'HTTP/11.1', 'HTTP/1.11', 'HTTP/1.', 'HTTP/.1', 'HTTP/1,1', 'HTTP/-1.1', 'HTTP/ 1.1', 'HTTP /1.1', 'HTTPS/1.1', 'HTTP1.1', 'HTTP/x.y', 'Http/1.1', ' HTTP/1.1', '\tHTTP/1.1', '\0HTTP/1.1', '\xef\xbb\xbfHTTP/1.1', 'RTSP/1.0', 'SIP/2.0', 'SSH-2.0']],
  ['the status', status => `HTTP/1.1${status}\r\nContent-Length: 2\r\n\r\nok`,
    ['', ' ', '  200 OK', '\t200 OK', ' 200\tOK', ' 20', ' 2000', ' 20 0', ' 200OK', ' 200-OK', ' +200 OK', ' 0200 OK', ' 0x200 OK', ' 2e2 OK', ' \xb2\xb0\xb0 OK', ' 600 x', ' 999 x', ' 199 x', ' 100 x', ' 101 x', ' 200 \x01', ' 200 \x7f', ' 200 \xff\xfe', ' 200 OK ', ` 200 ${'x'.repeat(20_000)}`]],
  ['Content-Length', value => answer(`Content-Length:${value}`, 'ok'),
    [' 2', '2', '\t2\t', ' 02', ' 2,2', ' 2, 2', ' 2,', ' ,2', ' 2;x', ' 2 2', ' "2"', ' 2.0', ' 2e0', ' 0x2', ' 2\x0b', ' \x0b2', ' 2\0', ' 2\xa0', ' two', ' -0', ' 9007199254740992', ' 9223372036854775807', ' 4294967298', ` ${'0'.repeat(300)}2`]],
  ['Transfer-Encoding', value => answer(`Transfer-Encoding:${value}`),
    [' chunked', 'chunked', '\tchunked\t', ' chunked\t ', ' Chunked', ' chunked,', ' ,chunked', ' chunked, chunked', ' identity', ' identity, chunked', ' deflate, chunked', ' gzip', ' chunked;q=1', ' "chunked"', ' xchunked', ' chunkedx', ' \x0bchunked', ' chunked\x0b', ' chun ked', ' chunked\0', ' trailers', '']],
  ['the size of a chunk', size => answer('Transfer-Encoding: chunked', `${size}\r\nok\r\n0\r\n\r\n`),
    ['2', '02', '2;', '2;a', '2;a=b', '2;a="b"', '2;a="\\""', '2 ;a', '2; a', '2 ', '2\t', ' 2', '2\0', '2;\0', '2;\x7f', '2;\xff', '2x', '0x2', '2h', '\r2', '2\r', '2;a\rb', '2;a\nb', '2,2', '3', '1', '', '-2', '+2', '2.0', '10000000000000002', '0'.repeat(100) + '2', `2;${'x'.repeat(20_000)}`]],
  ['behind a chunk', end => answer('Transfer-Encoding: chunked', `2\r\nok${end}0\r\n\r\n`), ['', '\n', '\r', '\r\r\n', '\n\n', '\r\n\r\n', ' \r\n', 'xx', 'x\r\n', '\r\n\0']],
  ['the last chunk', last => answer('Transfer-Encoding: chunked', `2\r\nok\r\n${last}`),
    ['0\r\n\r\n', '000\r\n\r\n', '0;a=b\r\n\r\n', '0\n\n', '0\r\n\n', '0\r\n\r', '0\r\n', '0\r', '0', '', '0\r\nX\r\n\r\n', '0\r\nX: 1\n\r\n', '0\r\nX : 1\r\n\r\n', '0\r\n X: 1\r\n\r\n', '0\r\nX: 1\r\n 2\r\n\r\n', '0\r\nX: a\0b\r\n\r\n', '0\r\n: 1\r\n\r\n', '0\r\nContent-Length: 5\r\n\r\n', '0\r\nTransfer-Encoding: chunked\r\n\r\n', '0\r\nConnection: close\r\nUpgrade: x\r\n\r\n']],
  ['the end of the head', end => `HTTP/1.1 200 OK\r\nContent-Length: 2${end}ok`, ['\r\n\r\n', '\n\n', '\r\n\n', '\n\r\n', '\r\r', '\r\r\n\r\r\n', '\r\n \r\n\r\n', '\r\n\t\r\n\r\n', '\r\n\r', '\r\n', '\n', '\r\n\0\r\n']],
  ['a byte in a name', byte => answer(`Content-Length: 2\r\nX${byte}Y: 1`, 'ok'), BYTES.filter(isOdd).filter(byte => byte < '\x80').concat(' ', '\t', '\r', '\n', '\x80', '\xff')],
  ['a byte in a value', byte => answer(`Content-Length: 2\r\nX: a${byte}b`, 'ok'), BYTES.slice(0, 32).concat('\x7f', '\x80', '\xff')],
  ['Connection', value => answer(`Content-Length: 2\r\nConnection:${value}`, 'ok'), ['', ' close', ' CLOSE', ' close, keep-alive', ' keep-alive', ' upgrade', ' Content-Length', ' closed', ' ,,', ' "close"']]
]

export const RESPONSES: readonly RawResponse[] = [
  ...KNOWN,
  ...VARIATIONS.flatMap(([place, of, variations]) => variations.map((variation): Case => ({ what: `${place}: ${shown(variation)}`, bytes: of(variation), ends: true })))
].map(known => ({ ...known, bytes: Buffer.from(known.bytes, 'latin1') }))
