import type { IncomingMessage } from 'node:http'

/** What a request is for, as the client wrote it. */
export interface RequestTarget {
  /** The Host header, or the authority of an absolute-form target, which replaces it (RFC 9112 §3.2.2). */
  host: string
  /** Origin form: path and query, untouched; or `*` (RFC 9112 §3.2.4). */
  path: string
}

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/i

/**
 * Reads the target of a request, or gives null when it cannot be for one host: no Host or several (RFC 9112 §3.2), or a
 * target that is neither in origin form nor in absolute form.
 */
export function readTarget ({ method, rawHeaders, headers }: Pick<IncomingMessage, 'rawHeaders' | 'headers'> & { method?: string | undefined }, url: string): RequestTarget | null {
  // Node keeps the first of several Host headers; two proxies that keep different ones route one request to two tenants.
  const host = headers.host
  if (host === undefined || countHosts(rawHeaders) !== 1) return null
  if (url.startsWith('/') || (url === '*' && method === 'OPTIONS')) return { host, path: url }
  const absolute = ABSOLUTE_FORM.exec(url)
  if (absolute === null) return null
  const [, authority = '', rest = ''] = absolute
  return { host: authority, path: rest.startsWith('/') ? rest : `/${rest}` }
}

function countHosts (rawHeaders: readonly string[]): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count
}
