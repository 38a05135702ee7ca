import type { IncomingMessage } from 'node:http'
import type { Exchange } from './exchange.ts'
import type { ResponseHead } from './response-head.ts'
import type { Route } from './route-record.ts'
import { beginTrace, isTraceparent } from './trace-context.ts'

/** Names and values in turn, as they came: order, case and duplicates (Set-Cookie) stay. */
export type HeaderList = string[]

/** What is read of a request here. */
export type RequestHead = Pick<IncomingMessage, 'method' | 'headers' | 'rawHeaders' | 'httpVersionMinor'>

type Routed = Pick<Exchange, 'id' | 'peer' | 'peerTrusted' | 'host' | 'path'> & { route: Route }

/**
 * The head of a request as the tenant gets it, in latin1, with the empty line that ends it: the client's headers less
 * those that a rule drops, then what the passes add. Node's parser lets no control character through, so none is here.
 */
export function requestHead (request: RequestHead, exchange: Routed, hasBody: boolean, upgrade: boolean): string {
  const raw = request.rawHeaders
  const named = connectionOptions(request.headers.connection)
  const trace = soleTrace(request)
  let head = `${request.method} ${exchange.path} HTTP/1.1\r\n`
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (!keeps(ruleOf(name), exchange.peerTrusted, trace !== null)) continue
    if (named !== NONE && isNamed(plainName(name), named)) continue
    head += `${name}: ${raw[i + 1]}\r\n`
  }
  head += routeLines(exchange)
  for (const pass of ADD_TO_REQUEST) head += pass(request, exchange)
  head += `traceparent: ${trace ?? beginTrace()}\r\n`
  if (hasBody && request.headers['transfer-encoding'] !== undefined) head += 'Transfer-Encoding: chunked\r\n'
  if (upgrade) head += 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
  return `${head}\r\n`
}

/**
 * What a tenant's response headers become on their way to the client.
 * A 204 has no length (RFC 9110 §8.6), and `Trailer` stays only where trailers can follow: after a chunked body.
 */
export function responseHeaders (head: ResponseHead, mayTrail: boolean): HeaderList {
  const { headers, names, status, framing } = head
  const named = connectionOptions(head.connection)
  const trails = mayTrail && framing.kind === 'chunked'
  const result: HeaderList = []
  for (let i = 0; i < names.length; i++) {
    const plain = names[i] as string
    if (isHopByHop(plain) || (named !== NONE && isNamed(plain, named))) continue
    if ((plain === 'content-length' && status === 204) || (plain === 'trailer' && !trails)) continue
    result.push(headers[2 * i] as string, headers[2 * i + 1] as string)
  }
  result.push('Via', via(head.minor))
  return result
}

/** Fields that RFC 9110 §6.5.1 keeps out of trailers, because they frame or route the message that they end. */
const NEVER_IN_TRAILERS: ReadonlySet<string> = new Set(['content-length', 'host', 'trailer', 'set-cookie', 'content-encoding', 'content-type', 'content-range'])

/** The trailers of a tenant's response as pairs, in the form that `addTrailers` takes. */
export function responseTrailers (raw: readonly string[]): Array<[string, string]> {
  const pairs: Array<[string, string]> = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const plain = name.toLowerCase()
    if (!isHopByHop(plain) && !NEVER_IN_TRAILERS.has(plain)) pairs.push([name, raw[i + 1] as string])
  }
  return pairs
}

/**
 * What becomes of a header of a request.
 *
 *   keep    passes
 *   drop    ends here, or is written anew
 *   claim   passes when a trusted proxy says it
 *   trace   passes with a valid traceparent, which is written last
 */
type Rule = 'keep' | 'drop' | 'claim' | 'trace'

/** Rules by the name as it was sent: deciding anew for each header of each request would cost more than all the rest. */
const RULES = new Map<string, Rule>()
const MAX_RULES = 2048

function ruleOf (name: string): Rule {
  const known = RULES.get(name)
  if (known !== undefined) return known
  const rule = decide(plainName(name))
  if (RULES.size < MAX_RULES && name.length <= 64) RULES.set(name, rule)
  return rule
}

function decide (plain: string): Rule {
  if (isHopByHop(plain) || isOfThisHopOnly(plain) || isTenantHeader(plain) || isReplaced(plain)) return 'drop'
  if (isClaim(plain)) return 'claim'
  return plain === 'tracestate' ? 'trace' : 'keep'
}

function keeps (rule: Rule, peerTrusted: boolean, traced: boolean): boolean {
  switch (rule) {
    case 'keep': return true
    case 'drop': return false
    case 'claim': return peerTrusted
    case 'trace': return traced
  }
}

/** RFC 9110 §7.6.1, and Proxy-Connection, which some clients still send. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te', 'proxy-authenticate', 'proxy-authorization'
])

function isHopByHop (plain: string): boolean {
  return HOP_BY_HOP.has(plain)
}

/** `Expect` is answered here, and trailers of requests end here. */
function isOfThisHopOnly (plain: string): boolean {
  return plain === 'expect' || plain === 'trailer' || plain === 'http2-settings'
}

/** Content-Length frames the body that is passed on, whatever `Connection` says of it. */
function isNamed (plain: string, named: ReadonlySet<string>): boolean {
  return named.has(plain) && plain !== 'content-length'
}

function isTenantHeader (plain: string): boolean {
  return plain.startsWith('x-tenant-')
}

/** What is written anew. */
function isReplaced (plain: string): boolean {
  return plain === 'host' || plain === 'x-request-id' || plain === 'x-forwarded-for' || plain === 'x-forwarded-proto' ||
    plain === 'x-forwarded-host' || plain === 'traceparent'
}

/** Other words for the same: an application that reads `Forwarded` must not believe a client's. */
function isClaim (plain: string): boolean {
  return plain.startsWith('x-forwarded-') || plain === 'forwarded' || plain === 'x-real-ip'
}

type Add = (request: RequestHead, exchange: Routed) => string

const ADD_TO_REQUEST: readonly Add[] = [addForwardedFor, addForwardedProto, addForwardedHost, addRequestId, addVia]

function addForwardedFor ({ headers }: RequestHead, { peer, peerTrusted }: Routed): string {
  const claimed = peerTrusted ? claim(headers['x-forwarded-for']) : ''
  return claimed === '' ? `X-Forwarded-For: ${peer}\r\n` : `X-Forwarded-For: ${claimed}, ${peer}\r\n`
}

function addForwardedProto ({ headers }: RequestHead, { peerTrusted }: Routed): string {
  return `X-Forwarded-Proto: ${peerTrusted && claim(headers['x-forwarded-proto']) === 'https' ? 'https' : 'http'}\r\n`
}

function addForwardedHost ({ headers }: RequestHead, { host, peerTrusted }: Routed): string {
  return `X-Forwarded-Host: ${(peerTrusted && claim(headers['x-forwarded-host'])) || host}\r\n`
}

function addRequestId (_request: RequestHead, { id }: Routed): string {
  return `X-Request-Id: ${id}\r\n`
}

/** What is the same for all requests for a host on a route: the host of the last request, and the lines. */
const ROUTE_LINES = new WeakMap<Route, { host: string, lines: string }>()

function routeLines ({ route, host }: Routed): string {
  const known = ROUTE_LINES.get(route)
  if (known?.host === host) return known.lines
  const { tenantId, slug, name } = route
  const lines = `Host: ${host}\r\nX-Tenant-Id: ${tenantId}\r\nX-Tenant-Slug: ${slug}\r\nX-Tenant-Name: ${encodeName(name)}\r\n`
  ROUTE_LINES.set(route, { host, lines })
  return lines
}

function addVia ({ httpVersionMinor }: RequestHead): string {
  return `Via: ${via(httpVersionMinor)}\r\n`
}

/** RFC 9110 §7.6.3, as a field line of its own behind those that are there. */
function via (minor: number): string {
  return minor === 0 ? '1.0 berth' : '1.1 berth'
}

/** The client's traceparent when there is one, it is the only one, and it is valid. */
function soleTrace ({ headers }: RequestHead): string | null {
  const { traceparent } = headers
  return typeof traceparent === 'string' && isTraceparent(traceparent) ? traceparent : null
}

/**
 * A name as a header value: printable ASCII as it is, `%` and everything else as percent-encoded UTF-8, and so are
 * spaces at the ends, which a header would lose. `decodeURIComponent` restores it.
 */
export function encodeName (name: string): string {
  return name.toWellFormed().replace(/[^ -$&-~]+|^ +| +$/g, encodeURIComponent)
}

function plainName (name: string): string {
  const lower = name.toLowerCase()
  return lower.includes('_') ? lower.replaceAll('_', '-') : lower
}

const NONE: ReadonlySet<string> = new Set()

/** The header names that a Connection header makes hop-by-hop. */
function connectionOptions (value: string | undefined): ReadonlySet<string> {
  if (value === undefined || value === 'keep-alive' || value === 'close') return NONE
  return new Set(value.toLowerCase().split(',').map(option => option.trim()))
}

function claim (value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value.join(', ') : value ?? '').trim()
}
