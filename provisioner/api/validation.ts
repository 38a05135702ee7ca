import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Problem } from '../errors.ts'
import type { InvalidParam, ProblemCode } from '../errors.ts'
import { invalidParams } from './invalid-params.ts'
import { unstorableText } from './unstorable-text.ts'

/** Query parameters that have a code of their own. */
const QUERY_CODES = new Map<string, ProblemCode>([['/wait', 'invalid_wait'], ['/cursor', 'invalid_cursor']])

/** Checks what comes in by the TypeBox schemas of a route. Nothing is changed but the query, whose numbers come as text. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema)
  return data => {
    const value: unknown = httpPart === 'querystring' ? readQuery(schema, data as Record<string, unknown>) : data
    const valid = validator.Check(value)
    const wrong = valid ? unstorableText(value) : invalidParams(schema, validator.Errors(value))
    return wrong.length === 0 ? { value } : { error: refusal(httpPart ?? 'body', wrong) }
  }
}

/** Numbers and booleans of a query in the one way to write them; whatever else stays text, which the schema refuses. */
export function readQuery (schema: TSchema, query: Record<string, unknown>): Record<string, unknown> {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> }
  return Object.fromEntries(Object.entries(query).map(([name, text]) => {
    const type = Object.hasOwn(properties, name) ? properties[name]?.type : undefined
    if (type === 'integer' && typeof text === 'string' && /^(?:0|[1-9]\d{0,14})$/.test(text)) return [name, Number(text)]
    if (type === 'boolean' && (text === 'true' || text === 'false')) return [name, text === 'true']
    return [name, text]
  }))
}

function refusal (httpPart: string, wrong: InvalidParam[]): Problem {
  const said = wrong.map(({ pointer, detail }) => `${pointer === '' ? 'the body' : pointer} ${detail}`).join('; ')
  switch (httpPart) {
    case 'params': return new Problem('not_found', 'Nothing can have this address.')
    case 'headers': return new Problem('bad_request', `The headers are not usable: ${said}.`)
    case 'querystring': {
      const code = QUERY_CODES.get(wrong[0]?.pointer ?? '') ?? 'validation_failed'
      return new Problem(code, `The query is not usable: ${said}.`, { invalidParams: wrong })
    }
    default: return new Problem('validation_failed', `The body is not usable: ${said}.`, { invalidParams: wrong })
  }
}
