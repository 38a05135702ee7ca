import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import type { Response } from '../../world/http.ts'

interface Media { schema?: object, examples?: Record<string, { value: unknown }> }
interface Answer { content?: Record<string, Media> }
interface Operation { responses: Record<string, Answer> }
export interface Document { openapi: string, paths: Record<string, Record<string, Operation>> }

export type AnswerCheck = (method: string, path: string, answer: Pick<Response, 'status' | 'headers'> & { text?: string }) => void

/** The longest name that the router takes: MAX_PARAM_LENGTH in provisioner/api/app.ts. */
const MAX_NAME_LENGTH = 760

const METHODS = ['get', 'post', 'patch', 'put', 'delete']

/**
 * Holds answers of the running service against its own OpenAPI document: of an operation that it has, with a status, a media type and a
 * body as it says, and for a problem with one of the codes that it names. Throws when one is not so. Without `text` the body is not
 * looked at. Addresses that the document does not have are not looked at.
 */
export function openAnswerCheck (document: Document): AnswerCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(document, 'openapi')
  const compiled = new Map<string, ValidateFunction>()
  const validatorOf = (pointer: string): ValidateFunction => {
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `openapi#${pointer}` })
    compiled.set(pointer, validate)
    return validate
  }
  const paths = Object.keys(document.paths).map(path => ({ path, pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`) }))
    // What is written out is meant before what is a parameter.
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length)

  return (method, url, { status, headers, text }) => {
    const address = url.split('?', 1)[0] as string
    if (!reachesRoutes(address)) return
    const path = paths.find(({ pattern }) => pattern.test(address))?.path
    const verb = method.toLowerCase()
    const operation = path === undefined ? undefined : document.paths[path]?.[verb]
    if (path === undefined || operation === undefined || !METHODS.includes(verb)) return
    const said = `${method} ${path} answered ${status}`
    const answer = operation.responses[status]
    if (answer === undefined) throw new Error(`${said}, which its document does not know: ${text}`)
    const type = headers['content-type']?.split(';', 1)[0]
    if (answer.content === undefined) {
      if ((text ?? '') !== '') throw new Error(`${said} with a body, where its document has none: ${text}`)
      return
    }
    const media = answer.content[type ?? '']
    if (media === undefined) throw new Error(`${said} as ${type}, where its document has ${Object.keys(answer.content).join(', ')}`)
    if (text === undefined || !/[/+]json$/.test(type ?? '') || media.schema === undefined) return
    const body: unknown = JSON.parse(text)
    const validate = validatorOf(`/paths/${escaped(path)}/${verb}/responses/${status}/content/${escaped(type as string)}/schema`)
    if (!validate(body)) throw new Error(`${said} with what its document does not say: ${ajv.errorsText(validate.errors)}: ${text}`)
    const { code } = body as { code?: string }
    if (type === 'application/problem+json' && media.examples?.[code as string] === undefined) throw new Error(`${said} with the code ${code}, of which its document has ${Object.keys(media.examples ?? {}).join(', ')}`)
  }
}

/** Whether the router takes the address apart: what cannot be decoded, or is too long for a name, it answers itself. */
function reachesRoutes (address: string): boolean {
  if (address.includes('%00') || address.split('/').some(part => part.length > MAX_NAME_LENGTH)) return false
  try {
    decodeURI(address)
    return true
  } catch {
    return false
  }
}

/** As a part of a JSON pointer in a URI fragment (RFC 6901 §6). */
function escaped (part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
}
