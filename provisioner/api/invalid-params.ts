import type { TSchema } from 'typebox'
import type { InvalidParam } from '../errors.ts'

/** What TypeBox says of a value that does not match: the keywords and parameters are those of JSON Schema. */
export interface SchemaError {
  keyword: string
  schemaPath: string
  instancePath: string
  params: object
  message: string
}

/** Enough to see what is wrong; a body can be wrong in thousands of places. */
const MAX_PARAMS = 16

/**
 * What is wrong in a request, by JSON pointer (RFC 6901), and what to do. A schema with a pattern says in its
 * description what it takes, in words that go on from "must be".
 */
export function invalidParams (schema: TSchema, errors: readonly SchemaError[]): InvalidParam[] {
  const details = new Map<string, Set<string>>()
  for (const error of errors) {
    for (const [pointer, detail] of explain(schema, error)) details.set(pointer, (details.get(pointer) ?? new Set()).add(detail))
  }
  return [...details].slice(0, MAX_PARAMS).map(([pointer, all]) => ({ pointer, detail: [...all].join(', or ') }))
}

function explain (schema: TSchema, { keyword, schemaPath, instancePath, params, message }: SchemaError): Array<[string, string]> {
  const { requiredProperties, allowedValues, type } = params as { requiredProperties: string[], allowedValues: unknown[], type: string }
  switch (keyword) {
    case 'required': return requiredProperties.map(name => [`${instancePath}/${name}`, 'is needed'])
    // An unknown property is told twice: by its parent, and as a value that no schema allows.
    case 'additionalProperties': case 'anyOf': return []
    case 'boolean': return [[instancePath, explainProperty(subschema(schema, schemaPath.split('/').slice(0, -1)))]]
    case 'pattern': return [[instancePath, explainText(subschema(schema, schemaPath.split('/')), message)]]
    case 'enum': return [[instancePath, `must be one of ${allowedValues.join(', ')}`]]
    // Null takes something away: not what somebody meant who sent the wrong type.
    case 'type': return type === 'null' ? [] : [[instancePath, message]]
    default: return [[instancePath, message]]
  }
}

function explainProperty ({ patternProperties }: { patternProperties?: object }): string {
  return patternProperties === undefined ? 'is not known here; remove it' : `has a name that is not allowed: names match ${Object.keys(patternProperties).join(' or ')}`
}

function explainText ({ description }: { description?: string }, message: string): string {
  // What it says after its first sentence is for the document.
  return description === undefined ? message : `must be ${description.split(/\.(?:\s|$)/, 1)[0] as string}`
}

/** The part of a schema at a path such as `#/properties/slug`. */
function subschema (schema: TSchema, [, ...path]: string[]): { description?: string, patternProperties?: object } {
  return path.reduce<object>((part, name) => (part as Record<string, object>)[name] as object, schema)
}
