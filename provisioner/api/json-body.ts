import fp from 'fastify-plugin'

/**
 * Bodies are JSON, also under the name that RFC 7396 gives a merge patch, and nothing else. An empty one counts as none,
 * since clients send the content type with every POST. `__proto__` and `constructor.prototype` are refused.
 */
export const jsonBody = fp(async app => {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>(['application/json', 'application/merge-patch+json'], { parseAs: 'string' }, (request, text, done) => {
    if (text === '') done(null, undefined)
    else parse(request, text, done)
  })
}, { name: 'json-body' })
