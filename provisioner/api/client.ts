import type { FastifyReply } from 'fastify'

/** Aborts when the client is gone, or the API closes. Not `request.signal`: that one speaks of the request's body. */
export function untilGone ({ raw }: Pick<FastifyReply, 'raw'>, closing: AbortSignal): AbortSignal {
  const gone = new AbortController()
  if (raw.destroyed || raw.writableFinished) gone.abort()
  else raw.once('close', () => { gone.abort() })
  return AbortSignal.any([gone.signal, closing])
}
