import type { FastifyRequest } from 'fastify'
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { LONGEST_MS } from '../access/session-store.ts'
import { hashSecret } from '../access/token.ts'
import { Problem } from '../errors.ts'

const NAME = 'berth_session'
const VALUE = /^[A-Za-z0-9_-]{43}$/

/** The value of a new session's cookie: 256 bits. */
export function newCookieValue (): string {
  return randomBytes(32).toString('base64url')
}

/** The hash of the session cookie in a Cookie header (RFC 6265 §4.2.1), or null when there is none that could be ours. */
export function cookieHashOf (header: string | undefined): Buffer | null {
  const values = (header ?? '').split(';').map(pair => pair.trim()).filter(pair => pair.startsWith(`${NAME}=`)).map(pair => pair.slice(NAME.length + 1))
  // Two are one too many: a page of a neighbouring host may have set the other.
  return values.length === 1 && VALUE.test(values[0] as string) ? hashSecret(values[0] as string) : null
}

/** What sets the cookie, or with null takes it away. Only over TLS when that is how the client came. */
export function setCookie (value: string | null, { protocol }: Pick<FastifyRequest, 'protocol'>): string {
  const secure = protocol === 'https' ? '; Secure' : ''
  return `${NAME}=${value ?? ''}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${value === null ? 0 : LONGEST_MS / 1000}${secure}`
}

/** What a session's pages send with every change. It is the session's as long as that lasts, whatever its cookie is. */
export function csrfTokenOf (masterKey: Buffer, sessionId: string): string {
  return createHmac('sha256', masterKey).update(`berth/csrf/${sessionId}`).digest('base64url')
}

/** Refuses a change that no page of our own asked for. Throws csrf_failed. */
export function requireOwnPage (request: Pick<FastifyRequest, 'headers' | 'host'>, csrfToken: string): void {
  const sent = String(request.headers['x-csrf-token'] ?? '')
  if (!timingSafeEqual(hashSecret(sent), hashSecret(csrfToken))) throw new Problem('csrf_failed', 'Send the csrfToken of GET /v1/session as "X-CSRF-Token".')
  requireSameOrigin(request)
}

/** Refuses what a browser says another site asked for. Throws csrf_failed. */
export function requireSameOrigin ({ headers, host }: Pick<FastifyRequest, 'headers' | 'host'>): void {
  const { origin, 'sec-fetch-site': site } = headers
  // By host alone: a proxy that ends TLS may keep the scheme to itself.
  const foreign = origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host.replace(/:(?:80|443)$/, ''))
  if (foreign || (site !== undefined && site !== 'same-origin')) throw new Problem('csrf_failed', 'This came from a page of another origin.')
}
