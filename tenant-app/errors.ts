/** Every way in which this application refuses: HTTP status, title and what to say when the raiser says nothing. */
const problems = {
  'malformed-request': { status: 400, title: 'Bad request', detail: 'The request could not be read.' },
  'cross-site': { status: 403, title: 'Not from here', detail: 'Notes can only be changed from this site itself.' },
  'not-found': { status: 404, title: 'Not found', detail: 'There is nothing at this address.' },
  'too-large': { status: 413, title: 'Too large', detail: 'The request is larger than this application accepts.' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type', detail: 'Send the note as application/json.' },
  'invalid-input': { status: 422, title: 'Invalid input', detail: 'The input was not accepted.' },
  internal: { status: 500, title: 'Something went wrong', detail: 'The request failed. It has been logged.' },
  'database-unavailable': { status: 503, title: 'Back in a moment', detail: 'The database does not answer at the moment. Try again shortly.' }
} as const

export type ErrorCode = keyof typeof problems

/** RFC 9457, with `code` as the stable name. */
export interface Problem {
  type: 'about:blank'
  title: string
  status: number
  code: ErrorCode
  detail: string
}

export class AppError extends Error {
  override name = 'AppError'
  code: ErrorCode

  constructor (code: ErrorCode, detail: string = problems[code].detail, options?: ErrorOptions) {
    super(detail, options)
    this.code = code
  }
}

/** What a client is told of any error. Of one that this table does not know, nothing but that it happened. */
export function toProblem (error: unknown): Problem {
  if (error instanceof AppError) return problem(error.code, error.message)
  const status = statusOf(error)
  if (status === 413) return problem('too-large')
  if (status === 415) return problem('unsupported-media-type')
  if (status >= 400 && status < 500) return problem('malformed-request', error instanceof Error ? error.message : undefined)
  return problem('internal')
}

function problem (code: ErrorCode, detail: string = problems[code].detail): Problem {
  const { status, title } = problems[code]
  return { type: 'about:blank', title, status, code, detail }
}

/** Fastify's own errors carry their status. */
function statusOf (error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500
  return typeof status === 'number' ? status : 500
}
