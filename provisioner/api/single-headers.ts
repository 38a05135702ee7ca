import fp from 'fastify-plugin'
import { Problem } from '../errors.ts'

/** Of these a request has one or none (RFC 9110 §5.3). Node would take the first; whoever passed the request on may have looked at another. */
const SINGLE = ['authorization', 'content-type'] as const

/** Refuses requests that say more than once who sends them, or what they are. */
export const singleHeaders = fp(async app => {
  app.addHook('onRequest', async ({ raw }) => {
    const twice = SINGLE.find(name => (raw.headersDistinct[name]?.length ?? 0) > 1)
    if (twice !== undefined) throw new Problem('bad_request', `The request has more than one ${twice === 'authorization' ? 'Authorization' : 'Content-Type'} header; send one.`)
  })
}, { name: 'single-headers' })
