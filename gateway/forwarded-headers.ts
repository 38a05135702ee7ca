import type { IncomingHttpHeaders } from 'node:http'
import type { Exchange } from './exchange.ts'
import type { Route } from './route-record.ts'

/** Names and values in turn, as they came: order, case and duplicates (Set-Cookie) stay. */
export type HeaderList = string[]

/**
 * What a request's headers become on their way to a tenant: those that a rule drops go, then the passes add theirs.
 * Names are compared as many applications read them, where `X_Tenant_Id` is X-Tenant-Id (CGI, RFC 3875 §4.1.18).
 */
export function requestHeaders (raw: readonly string[], headers: IncomingHttpHeaders, exchange: Exchange & { route: Route }): HeaderList {
  const named = connectionOptions(headers.connection)
  const result: HeaderList = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const plain = plainName(name)
    if (DROP_FROM_REQUEST.some(drops => drops(plain, named, exchange))) continue
    result.push(name, raw[i + 1] as string)
  }
  for (const pass of ADD_TO_REQUEST) pass(result, headers, exchange)
  return result
}

/**
 * What a tenant's response headers become on their way to the client.
 * A 204 has no length (RFC 9110 §8.6), and `Trailer` stays only where trailers can follow: after a chunked body.
 */
export function responseHeaders (raw: readonly Buffer[], status: number, mayTrail: boolean): HeaderList {
  const all = raw.map(part => part.toString('latin1'))
  const named = connectionOptions(valueOf(all, 'connection'))
  const trails = mayTrail && valueOf(all, 'transfer-encoding') !== undefined
  const result: HeaderList = []
  for (let i = 0; i < all.length; i += 2) {
    const name = all[i] as string
    const plain = name.toLowerCase()
    if (isHopByHop(plain) || isNamed(plain, named)) continue
    if ((plain === 'content-length' && status === 204) || (plain === 'trailer' && !trails)) continue
    result.push(name, all[i + 1] as string)
  }
  return result
}

/** Fields that RFC 9110 §6.5.1 keeps out of trailers, because they frame or route the message that they end. */
const NEVER_IN_TRAILERS: ReadonlySet<string> = new Set(['content-length', 'host', 'trailer', 'set-cookie', 'content-encoding', 'content-type', 'content-range'])

/** The trailers of a tenant's response as pairs, in the form that `addTrailers` takes. */
export function responseTrailers (raw: readonly Buffer[]): Array<[string, string]> {
  const pairs: Array<[string, string]> = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as Buffer).toString('latin1')
    const plain = name.toLowerCase()
    if (!isHopByHop(plain) && !NEVER_IN_TRAILERS.has(plain)) pairs.push([name, (raw[i + 1] as Buffer).toString('latin1')])
  }
  return pairs
}

type Drop = (plain: string, named: ReadonlySet<string>, exchange: Exchange) => boolean

const DROP_FROM_REQUEST: readonly Drop[] = [isHopByHop, isOfThisHopOnly, isNamed, isTenantHeader, isReplaced, isUntrustedClaim]

type Add = (result: HeaderList, headers: IncomingHttpHeaders, exchange: Exchange & { route: Route }) => void

const ADD_TO_REQUEST: readonly Add[] = [addHost, addForwardedFor, addForwardedProto, addForwardedHost, addRequestId, addTenant]

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

/** What the passes write anew. */
function isReplaced (plain: string): boolean {
  return plain === 'host' || plain === 'x-request-id' || plain === 'x-forwarded-for' || plain === 'x-forwarded-proto' ||
    plain === 'x-forwarded-host'
}

/** Other words for the same: an application that reads `Forwarded` must not believe a client's. */
function isUntrustedClaim (plain: string, _named: ReadonlySet<string>, exchange: Exchange): boolean {
  return !exchange.peerTrusted && (plain.startsWith('x-forwarded-') || plain === 'forwarded' || plain === 'x-real-ip')
}

function addHost (result: HeaderList, _headers: IncomingHttpHeaders, { host }: Exchange): void {
  result.push('Host', host)
}

function addForwardedFor (result: HeaderList, headers: IncomingHttpHeaders, { peer, peerTrusted }: Exchange): void {
  const claimed = peerTrusted ? claim(headers['x-forwarded-for']) : ''
  result.push('X-Forwarded-For', claimed === '' ? peer : `${claimed}, ${peer}`)
}

function addForwardedProto (result: HeaderList, headers: IncomingHttpHeaders, { peerTrusted }: Exchange): void {
  result.push('X-Forwarded-Proto', peerTrusted && claim(headers['x-forwarded-proto']) === 'https' ? 'https' : 'http')
}

function addForwardedHost (result: HeaderList, headers: IncomingHttpHeaders, { host, peerTrusted }: Exchange): void {
  result.push('X-Forwarded-Host', (peerTrusted && claim(headers['x-forwarded-host'])) || host)
}

function addRequestId (result: HeaderList, _headers: IncomingHttpHeaders, { id }: Exchange): void {
  result.push('X-Request-Id', id)
}

const TENANT_HEADERS = new WeakMap<Route, HeaderList>()

function addTenant (result: HeaderList, _headers: IncomingHttpHeaders, { route }: { route: Route }): void {
  let list = TENANT_HEADERS.get(route)
  if (list === undefined) {
    list = ['X-Tenant-Id', route.tenantId, 'X-Tenant-Slug', route.slug, 'X-Tenant-Name', encodeName(route.name)]
    TENANT_HEADERS.set(route, list)
  }
  result.push(...list)
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

function valueOf (list: readonly string[], plain: string): string | undefined {
  let found: string | undefined
  for (let i = 0; i < list.length; i += 2) {
    if ((list[i] as string).toLowerCase() === plain) found = found === undefined ? list[i + 1] : `${found},${list[i + 1]}`
  }
  return found
}
