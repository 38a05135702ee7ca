import { Type } from 'typebox'
import type { Static, TSchema } from 'typebox'
import { PROBLEMS } from '../errors.ts'
import type { ProblemCode } from '../errors.ts'
import { named, TenantBody } from './schemas.ts'

export const ProblemBody = Type.Object({
  type: Type.String({ format: 'uri' }),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.Enum(Object.keys(PROBLEMS), { description: 'stable; what programs decide by' }),
  detail: Type.String({ description: 'what happened, and what to do' }),
  instance: Type.Optional(Type.String({ format: 'uri', description: 'the id of the request' })),
  invalidParams: Type.Optional(Type.Array(Type.Object({ pointer: Type.String({ description: 'JSON pointer' }), detail: Type.String() })))
}, { $id: 'Problem', description: 'RFC 9457' })

/** Every route of /v1 can answer these. */
const COMMON: ProblemCode[] = ['bad_request', 'unauthorized', 'forbidden_scope', 'forbidden_tenants', 'internal', 'unavailable']

/** Codes of every route that takes a body. */
export const BODY: ProblemCode[] = ['bad_request', 'payload_too_large', 'unsupported_media_type', 'validation_failed']
/** Codes of every mutation. One without a body may be sent one too. */
export const MUTATION: ProblemCode[] = ['csrf_failed', ...BODY, 'idempotency_key_reused', 'idempotency_in_progress']
/** Codes of every change of a tenant. */
export const TENANT_CHANGE: ProblemCode[] = [...MUTATION, 'invalid_wait', 'tenant_not_found', 'tenant_deleting', 'precondition_failed']

export function answer (description: string, schema: TSchema): object {
  return { description, content: { 'application/json': { schema } } }
}

export const ETAG = { etag: { type: 'string', description: 'the generation in quotes, for If-Match' } }

export const NO_CONTENT = { type: 'null', description: 'Done' }

/** The answers of a change of a tenant that settled, with `status`, or has not yet. */
export function tenantAnswers (status: 200 | 201 | 204, description: string): Record<number, object> {
  const body = named(TenantBody)
  const headers = { ...ETAG, location: { type: 'string', description: 'the tenant, to look at' } }
  return {
    [status]: status === 204 ? NO_CONTENT : { ...answer(description, body), headers: status === 201 ? headers : ETAG },
    202: { ...answer('Wanted; under way', body), headers }
  }
}

/** The answers of a route that are problems: of these codes, and of those that every route can have. */
export function problemAnswers (...codes: ProblemCode[]): Record<number, object> {
  const byStatus = new Map<number, ProblemCode[]>()
  // What has a name in its path may be asked for by one that nothing can have.
  const named = codes.some(code => code.endsWith('_not_found'))
  for (const code of new Set([...codes, ...COMMON, ...(named ? ['not_found'] as const : [])])) {
    const [status] = PROBLEMS[code]
    byStatus.set(status, [...byStatus.get(status) ?? [], code])
  }
  return Object.fromEntries([...byStatus].map(([status, all]) => [status, {
    description: all.map(code => `\`${code}\`: ${PROBLEMS[code][1]}.`).join(' '),
    ...(RETRIED.has(status) ? { headers: { 'retry-after': { type: 'string', description: 'seconds until it may help to try again, where that is known' } } } : {}),
    content: { 'application/problem+json': { schema: PROBLEM, examples: Object.fromEntries(all.map(code => [code, { summary: PROBLEMS[code][1], value: exampleOf(code) }])) } }
  }]))
}

const PROBLEM = named(ProblemBody)
const RETRIED: ReadonlySet<number> = new Set([409, 429, 503])

function exampleOf (code: ProblemCode): Static<typeof ProblemBody> {
  const [status, title] = PROBLEMS[code]
  const invalidParams = code === 'validation_failed' ? [{ pointer: '/name', detail: 'must be a name of 1 to 100 characters without control characters' }] : undefined
  return {
    type: `urn:berth:problem:${code}`,
    title,
    status,
    code,
    detail: EXAMPLE_DETAILS[code] ?? `${title}.`,
    instance: 'urn:uuid:0b1f8a5e-6c0d-4a6e-9f55-6d2b8c1e7a90',
    ...(invalidParams === undefined ? {} : { invalidParams })
  }
}

const EXAMPLE_DETAILS: Partial<Record<ProblemCode, string>> = {
  unauthorized: 'Send a token that is neither revoked nor expired, as "Authorization: Bearer <token>".',
  forbidden_scope: 'This needs a token with the scope "operate"; yours has "read".',
  forbidden_tenants: 'This is about the whole installation; your token is limited to some tenants.',
  csrf_failed: 'Send the csrfToken of GET /v1/session as "X-CSRF-Token".',
  too_many_attempts: 'Signing in failed too often from your address; try again in 240 seconds.',
  validation_failed: 'The body is not usable: /name must be a name of 1 to 100 characters without control characters.',
  precondition_failed: 'The generation is 5 now, not what If-Match says; look again and decide anew.',
  slug_taken: 'The slug "acme" belongs to another tenant; choose another.',
  tenant_not_found: 'No tenant has the id or slug "acme".'
}
