import type { IncomingHttpHeaders } from 'node:http'
import t from 'tap'
import type { Exchange } from '../../gateway/exchange.ts'
import { encodeName, requestHeaders, responseHeaders, responseTrailers } from '../../gateway/forwarded-headers.ts'
import type { Route } from '../../gateway/route-record.ts'

const route: Route = {
  tenantId: 'tn_0123456789ab', slug: 'demo', name: 'Demo', epoch: 1, state: 'active', instance: 'i1', upstream: { address: '10.209.0.2', port: 80 }
}
const exchange: Exchange & { route: Route } = {
  id: 'id-1', startedAt: 0, peer: '192.0.2.7', peerTrusted: false, host: 'demo.example:8080', path: '/', route, answeredAt: 0, cutByTenant: false, problem: null
}
const behindProxy = { ...exchange, peerTrusted: true }

/** What is always added, in its order. */
const ADDED = [
  'Host', 'demo.example:8080', 'X-Forwarded-For', '192.0.2.7', 'X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'demo.example:8080',
  'X-Request-Id', 'id-1', 'X-Tenant-Id', 'tn_0123456789ab', 'X-Tenant-Slug', 'demo', 'X-Tenant-Name', 'Demo'
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

const send = (raw: string[], from = exchange) => requestHeaders(raw, headersOf(raw), from)

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
  for (const [what, raw] of KEPT) t.strictSame(send(raw), [...raw, ...ADDED], what)
})

t.test('a request loses', async t => {
  for (const [what, raw] of DROPPED) t.strictSame(send(raw), ADDED, what)
})

t.test('Connection cannot take away what the gateway sets or what frames the body', async t => {
  const raw = ['Connection', 'Host, X-Forwarded-For, X-Tenant-Id, Content-Length', 'Content-Length', '5']
  t.strictSame(send(raw), ['Content-Length', '5', ...ADDED])
})

t.test('a trusted proxy is believed', async t => {
  const raw = [
    'X-Forwarded-For', '6.6.6.6', 'X-Forwarded-For', '7.7.7.7', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'shop.example',
    'X-Forwarded-Port', '443', 'Forwarded', 'for=6.6.6.6', 'X-Real-IP', '6.6.6.6', 'X-Tenant-Id', 'tn_evil'
  ]
  const sent = send(raw, behindProxy)
  t.strictSame(sent.slice(0, 6), ['X-Forwarded-Port', '443', 'Forwarded', 'for=6.6.6.6', 'X-Real-IP', '6.6.6.6'])
  t.strictSame(sent.slice(8, 14), ['X-Forwarded-For', '6.6.6.6, 7.7.7.7, 192.0.2.7', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'shop.example'])
  t.strictSame(sent.slice(16), ADDED.slice(10))
})

t.test('a trusted proxy that says nothing, or nonsense', async t => {
  t.strictSame(send([], behindProxy), ADDED)
  t.strictSame(send(['X-Forwarded-For', ' ', 'X-Forwarded-Proto', 'gopher', 'X-Forwarded-Host', ''], behindProxy), ADDED)
  t.strictSame(requestHeaders([], { 'x-forwarded-for': ['6.6.6.6', '7.7.7.7'] as unknown as string }, behindProxy)[3], '6.6.6.6, 7.7.7.7, 192.0.2.7')
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

const buffers = (...parts: string[]) => parts.map(part => Buffer.from(part, 'latin1'))

t.test('responses', async t => {
  t.strictSame(responseHeaders(buffers('Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'X-Latin', 'caf\u00e9'), 200, true),
    ['Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'X-Latin', 'caf\u00e9'])
  t.strictSame(responseHeaders(buffers(
    'Connection', 'close', 'CONNECTION', 'X-Private', 'X-Private', '1', 'Keep-Alive', 'timeout=5', 'Transfer-Encoding', 'chunked', 'Upgrade', 'h2c',
    'Proxy-Authenticate', 'Basic', 'Content-Type', 'text/plain'), 200, true), ['Content-Type', 'text/plain'])
  t.strictSame(responseHeaders(buffers('Content-Length', '0', 'ETag', '"x"'), 204, true), ['ETag', '"x"'])
  t.strictSame(responseHeaders(buffers('Content-Length', '5', 'ETag', '"x"'), 304, true), ['Content-Length', '5', 'ETag', '"x"'])
})

t.test('Trailer stays where trailers can follow', async t => {
  t.strictSame(responseHeaders(buffers('Trailer', 'X-Sum', 'Transfer-Encoding', 'chunked'), 200, true), ['Trailer', 'X-Sum'])
  t.strictSame(responseHeaders(buffers('Trailer', 'X-Sum', 'Transfer-Encoding', 'chunked'), 200, false), [])
  t.strictSame(responseHeaders(buffers('Trailer', 'X-Sum', 'Content-Length', '1'), 200, true), ['Content-Length', '1'])
})

t.test('trailers that would change the message do not pass', async t => {
  t.strictSame(responseTrailers(buffers('X-Sum', '1', 'Content-Length', '5', 'transfer-encoding', 'chunked', 'Set-Cookie', 'a=1')), [['X-Sum', '1']])
})
