import { Type } from 'typebox'
import type { TSchema } from 'typebox'
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
const COMMON: ProblemCode[] = ['unauthorized', 'forbidden_scope', 'forbidden_tenants', 'internal', 'unavailable']

/** Codes of every route that takes a body. */
export const BODY: ProblemCode[] = ['bad_request', 'payload_too_large', 'unsupported_media_type', 'validation_failed']
/** Codes of every mutation. */
export const MUTATION: ProblemCode[] = ['csrf_failed', 'bad_request', 'validation_failed', 'idempotency_key_reused', 'idempotency_in_progress']
/** Codes of every change of a tenant. */
export const TENANT_CHANGE: ProblemCode[] = [...MUTATION, 'invalid_wait', 'tenant_not_found', 'tenant_deleting']

export function answer (description: string, schema: TSchema): object {
  return { description, content: { 'application/json': { schema } } }
}

export const NO_CONTENT = { type: 'null', description: 'Done' }

/** The answers of a change of a tenant that settled, with `status`, or has not yet. */
export function tenantAnswers (status: 200 | 201 | 204, description: string): Record<number, object> {
  const body = named(TenantBody)
  const headers = { location: { type: 'string', description: 'the tenant, to look at' } }
  return {
    [status]: status === 204 ? NO_CONTENT : { ...answer(description, body), ...(status === 201 ? { headers } : {}) },
    202: { ...answer('Wanted; under way', body), headers }
  }
}

/** The answers of a route that are problems: of these codes, and of those that every route can have. */
export function problemAnswers (...codes: ProblemCode[]): Record<number, object> {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of new Set([...codes, ...COMMON])) {
    const [status] = PROBLEMS[code]
    byStatus.set(status, [...byStatus.get(status) ?? [], code])
  }
  return Object.fromEntries([...byStatus].map(([status, all]) => [status, {
    description: all.map(code => `\`${code}\`: ${PROBLEMS[code][1]}.`).join(' '),
    content: { 'application/problem+json': { schema: named(ProblemBody) } }
  }]))
}
