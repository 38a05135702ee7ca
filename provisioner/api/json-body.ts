import fp from 'fastify-plugin'
import { Problem } from '../errors.ts'

/**
 * Bodies are JSON, also under the name that RFC 7396 gives a merge patch, and nothing else. An empty one counts as none,
 * since clients send the content type with every POST. `__proto__` and `constructor.prototype` are refused, and said to be.
 */
export const jsonBody = fp(async app => {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>(['application/json', 'application/merge-patch+json'], { parseAs: 'string' }, (request, text, done) => {
    if (text === '') done(null, undefined)
    else parse(request, text, (err, body) => { done(err === null ? null : refusalOf(text, err), body) })
  })
}, { name: 'json-body' })

/** The parser has one error for what is not JSON and for what it refuses of it. */
function refusalOf (text: string, err: Error): Error {
  try {
    JSON.parse(text)
  } catch {
    return err
  }
  return new Problem('bad_request', 'The body has a key "__proto__", or "prototype" under "constructor"; names like these are refused: choose another.', { cause: err })
}
