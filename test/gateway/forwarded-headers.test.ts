import type { IncomingHttpHeaders } from 'node:http'
import t from 'tap'
import { encodeName, requestHead, responseHeaders, responseTrailers } from '../../gateway/forwarded-headers.ts'
import { parseResponseHead } from '../../gateway/response-head.ts'
import type { Route } from '../../gateway/route-record.ts'
import { isTraceparent } from '../../gateway/trace-context.ts'

const route: Route = {
  tenantId: 'tn_0123456789ab', slug: 'demo', name: 'Demo', epoch: 1, state: 'active', instance: 'i1', upstream: { address: '10.209.0.2', port: 80 }
}
const exchange = {
  id: 'id-1', peer: '192.0.2.7', peerTrusted: false, host: 'demo.example:8080', path: '/p?q', route
}
const behindProxy = { ...exchange, peerTrusted: true }

/** What is always added, in its order; a traceparent follows. */
const ADDED = [
  'Host', 'demo.example:8080', 'X-Tenant-Id', 'tn_0123456789ab', 'X-Tenant-Slug', 'demo', 'X-Tenant-Name', 'Demo',
  'X-Forwarded-For', '192.0.2.7', 'X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'demo.example:8080', 'X-Request-Id', 'id-1', 'Via', '1.1 berth'
]

/** As Node joins duplicates. */
function headersOf (raw: readonly string[]): IncomingHttpHeaders {
  const headers = new Map<string, string>()
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase()
    const before = headers.get(name)
    headers.set(name, before === undefined ? raw[i + 1] as string : `${before}, ${raw[i + 1]}`)
  }
  return Object.fromEntries(headers)
}

const requestOf = (raw: string[], httpVersionMinor = 1) => ({ method: 'POST', headers: headersOf(raw), rawHeaders: raw, httpVersionMinor })

/** Names and values in turn, without the empty line. */
function pairsOf (lines: readonly string[]): string[] {
  return lines.flatMap(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
}

/** What is sent of a request with these headers, and the traceparent by itself. */
function send (raw: string[], from = exchange): { sent: string[], trace: string } {
  const lines = requestHead(requestOf(raw), from, false, false).split('\r\n')
  const pairs = pairsOf(lines.slice(1, -2))
  const [name, trace] = pairs.splice(-2)
  return { sent: pairs, trace: name === 'traceparent' ? trace as string : `none but ${name}` }
}

const KEPT: ReadonlyArray<[what: string, raw: string[]]> = [
  ['nothing', []],
  ['names in their case, in their order', ['aCCept', '*/*', 'Cookie', 'a=1', 'User-Agent', 'x']],
  ['duplicates', ['Cookie', 'a=1', 'Cookie', 'b=2']],
  ['values as they are', ['X-Latin', 'caf\u00e9', 'X-Empty', '']],
  ['the length of the body', ['Content-Length', '5', 'Content-Type', 'text/plain']],
  ['what authenticates the user', ['Authorization', 'Basic eA==']],
  ['what only looks like ours', ['X-Tenant', 'a', 'X-Forwarded', 'b']],
  ['names with an underscore that are not ours', ['X_Other', 'a']]
]

const DROPPED: ReadonlyArray<[what: string, raw: string[]]> = [
  ['Host: it is set anew', ['Host', 'demo.example:8080']],
  ['hop-by-hop', [
    'Connection', 'close', 'Keep-Alive', 'timeout=5', 'Proxy-Connection', 'keep-alive', 'TE', 'trailers', 'Transfer-Encoding', 'chunked',
    'Upgrade', 'h2c', 'Proxy-Authorization', 'Basic eA==', 'Trailer', 'X-Sum', 'Expect', '100-continue', 'HTTP2-Settings', 'AAMAAABk'
  ]],
  ['named by Connection', ['Connection', 'close, X-Private ,x-other', 'X-Private', '1', 'x-OTHER', '2']],
  ['named by a second Connection', ['Connection', 'keep-alive', 'connection', 'X-Private', 'X-Private', '1']],
  ['ours, whatever it is called', ['X-Tenant-Id', 'tn_evil', 'x-tenant-SLUG', 'evil', 'X-Tenant-Admin', 'yes', 'X_Tenant_Id', 'tn_evil', 'x-tenant_name', 'e']],
  ['claims about the client', [
    'X-Forwarded-For', '6.6.6.6', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'evil', 'X-Forwarded-Port', '443', 'X-Forwarded-Prefix', '/x',
    'Forwarded', 'for=6.6.6.6', 'X-Real-IP', '6.6.6.6', 'X_Forwarded_For', '6.6.6.6', 'X_Real_IP', '6.6.6.6', 'X-Request-Id', 'evil', 'X_Request_Id', 'evil'
  ]]
]

t.test('a request keeps', async t => {
  for (const [what, raw] of KEPT) {
    t.strictSame(send(raw).sent, [...raw, ...ADDED], what)
    t.strictSame(send(raw).sent, [...raw, ...ADDED], `${what}, the second time`)
  }
})

t.test('a request loses', async t => {
  for (const [what, raw] of DROPPED) {
    t.strictSame(send(raw).sent, ADDED, what)
    t.strictSame(send(raw).sent, ADDED, `${what}, the second time`)
  }
})

t.test('more names than rules are remembered for', async t => {
  for (let i = 0; i < 3000; i++) send([`X-${i}`, '1'])
  for (const name of ['X-3000', `X-${'long'.repeat(100)}`]) t.strictSame(send([name, '1']).sent, [name, '1', ...ADDED], name.slice(0, 20))
  const names = ['x-TeNaNt-Id', 'x_tenant_iD', `X-Tenant-${'long'.repeat(100)}`, 'x-FORWARDED-for', 'kEEP-aLIVE']
  for (const name of names) t.strictSame(send([name, '1']).sent, ADDED, name.slice(0, 20))
})

t.test('the form of a head', async t => {
  const lines = requestHead(requestOf(['A', '1']), exchange, false, false).split('\r\n')
  t.strictSame([lines[0], lines[1], ...lines.slice(-2)], ['POST /p?q HTTP/1.1', 'A: 1', '', ''])
  const of = (raw: string[], body: boolean, upgrade: boolean) => pairsOf(requestHead(requestOf(raw), exchange, body, upgrade).split('\r\n').slice(1, -2)).slice(ADDED.length + 2)
  t.strictSame(of(['Transfer-Encoding', 'chunked'], true, false), ['Transfer-Encoding', 'chunked'], 'a body of unknown length')
  t.strictSame(of(['Transfer-Encoding', 'chunked'], false, false), [])
  t.strictSame(of(['Connection', 'Upgrade', 'Upgrade', 'websocket'], false, true), ['Connection', 'Upgrade', 'Upgrade', 'websocket'])
  t.match(requestHead(requestOf([], 0), exchange, false, false), '\r\nVia: 1.0 berth\r\n', 'the version of the client')
  t.strictSame(send(['Via', '1.0 before']).sent, ['Via', '1.0 before', ...ADDED], 'behind those that are there')
})

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

t.test('a trace goes on, or begins', async t => {
  t.strictSame(send(['traceparent', TRACE]), { sent: ADDED, trace: TRACE })
  t.strictSame(send(['TraceParent', TRACE, 'Tracestate', 'a=1', 'tracestate', 'b=2']), { sent: ['Tracestate', 'a=1', 'tracestate', 'b=2', ...ADDED], trace: TRACE })
  const begun: ReadonlyArray<[what: string, raw: string[]]> = [
    ['none', []],
    ['none, but its state', ['tracestate', 'a=1']],
    ['one that is not valid', ['traceparent', 'x', 'tracestate', 'a=1']],
    ['two', ['traceparent', TRACE, 'traceparent', TRACE, 'tracestate', 'a=1']],
    ['one with an underscore', ['trace_parent', TRACE]]
  ]
  for (const [what, raw] of begun) {
    const { sent, trace } = send(raw)
    t.strictSame(sent, what.endsWith('underscore') ? [...raw, ...ADDED] : ADDED, what)
    t.ok(isTraceparent(trace), what)
    t.not(trace, TRACE, what)
  }
})

t.test('Connection cannot take away what the gateway sets or what frames the body', async t => {
  const raw = ['Connection', 'Host, X-Forwarded-For, X-Tenant-Id, Via, traceparent, Content-Length', 'Content-Length', '5', 'traceparent', TRACE]
  t.strictSame(send(raw), { sent: ['Content-Length', '5', ...ADDED], trace: TRACE })
})

t.test('a trusted proxy is believed', async t => {
  const raw = [
    'X-Forwarded-For', '6.6.6.6', 'X-Forwarded-For', '7.7.7.7', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'shop.example',
    'X-Forwarded-Port', '443', 'Forwarded', 'for=6.6.6.6', 'X-Real-IP', '6.6.6.6', 'X-Tenant-Id', 'tn_evil'
  ]
  const { sent } = send(raw, behindProxy)
  t.strictSame(sent.slice(0, 6), ['X-Forwarded-Port', '443', 'Forwarded', 'for=6.6.6.6', 'X-Real-IP', '6.6.6.6'])
  t.strictSame(sent.slice(14, 20), ['X-Forwarded-For', '6.6.6.6, 7.7.7.7, 192.0.2.7', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'shop.example'])
  t.strictSame([...sent.slice(6, 14), ...sent.slice(20)], [...ADDED.slice(0, 8), ...ADDED.slice(14)])
  t.strictSame(send(raw).sent, ADDED, 'and the next who says the same is not')
})

t.test('a trusted proxy that says nothing, or nonsense', async t => {
  t.strictSame(send([], behindProxy).sent, ADDED)
  t.strictSame(send(['X-Forwarded-For', ' ', 'X-Forwarded-Proto', 'gopher', 'X-Forwarded-Host', ''], behindProxy).sent, ADDED)
  const lists = { ...requestOf([]), headers: { 'x-forwarded-for': ['6.6.6.6', '7.7.7.7'] as unknown as string } }
  t.match(requestHead(lists, behindProxy, false, false), '\r\nX-Forwarded-For: 6.6.6.6, 7.7.7.7, 192.0.2.7\r\n')
})

const NAMES: ReadonlyArray<[name: string, value: string]> = [
  ['Demo', 'Demo'],
  ['Smith & Sons, Ltd. (UK) ~ "x"', 'Smith & Sons, Ltd. (UK) ~ "x"'],
  ['100 %', '100 %25'],
  ['Bücher', 'B%C3%BCcher'],
  ['例え 🚢', '%E4%BE%8B%E3%81%88 %F0%9F%9A%A2'],
  ['a\r\nX-Evil: 1', 'a%0D%0AX-Evil: 1'],
  [' both ends  ', '%20both ends%20%20'],
  ['', ''],
  ['\u007f', '%7F']
]

t.test('names travel as ASCII and come back whole', async t => {
  for (const [name, value] of NAMES) {
    t.equal(encodeName(name), value)
    t.equal(decodeURIComponent(value), name)
  }
  t.equal(encodeName('\ud800'), '%EF%BF%BD', 'half a character is no character')
})

const CHUNKED = 'Transfer-Encoding: chunked'
const VIA = ['Via', '1.1 berth']

const answered = (lines: string[], status = 200, mayTrail = true, minor = 1) =>
  responseHeaders(parseResponseHead([`HTTP/1.${minor} ${status} x`, ...lines].join('\r\n'), 'GET'), mayTrail)

t.test('responses', async t => {
  t.strictSame(answered(['Set-Cookie: a=1', 'set-cookie: b=2', 'X-Latin: caf\u00e9']), ['Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'X-Latin', 'caf\u00e9', ...VIA])
  t.strictSame(answered([
    'Connection: close', 'CONNECTION: X-Private', 'X-Private: 1', 'Keep-Alive: timeout=5', CHUNKED, 'Upgrade: h2c', 'Proxy-Authenticate: Basic',
    'Content-Type: text/plain'
  ]), ['Content-Type', 'text/plain', ...VIA])
  t.strictSame(answered(['Content-Length: 0', 'ETag: "x"'], 204), ['ETag', '"x"', ...VIA])
  t.strictSame(answered(['Content-Length: 5', 'ETag: "x"'], 304), ['Content-Length', '5', 'ETag', '"x"', ...VIA])
  t.strictSame(answered(['Connection: Content-Length, Via', 'Content-Length: 5']), ['Content-Length', '5', ...VIA], 'Connection cannot take the length away')
  t.strictSame(answered(['Via: 1.1 other'], 200, true, 0), ['Via', '1.1 other', 'Via', '1.0 berth'], 'the version of the tenant, behind those that are there')
})

t.test('Trailer stays where trailers can follow', async t => {
  t.strictSame(answered(['Trailer: X-Sum', CHUNKED]), ['Trailer', 'X-Sum', ...VIA])
  t.strictSame(answered(['Trailer: X-Sum', CHUNKED], 200, false), VIA)
  t.strictSame(answered(['Trailer: X-Sum', 'Content-Length: 1']), ['Content-Length', '1', ...VIA])
})

t.test('trailers that would change the message do not pass', async t => {
  t.strictSame(responseTrailers(['X-Sum', '1', 'Content-Length', '5', 'transfer-encoding', 'chunked', 'Set-Cookie', 'a=1', 'x-SUM', '2']), [['X-Sum', '1'], ['x-SUM', '2']])
})
