/**
 * Everything that the gateway itself answers with instead of a tenant: one table.
 * `detail` says what happened, `next` what comes of it; both are for people and may change, `code` is stable.
 */
interface Problem {
  /** Nobody can tell what comes next on the connection, or wants to wait for it, so it is closed. */
  readonly closes?: boolean
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly next: string
  readonly retryAfterSeconds?: number
}

export const PROBLEMS = {
  bad_request: {
    status: 400,
    closes: true,
    title: 'Bad request',
    detail: 'The request is not one that HTTP allows, so it was not passed on.',
    next: 'Repeating it unchanged will not help.'
  },
  bad_host: {
    status: 400,
    title: 'Bad host',
    detail: 'The request does not name exactly one valid host, so there is no telling whom it is for.',
    next: 'Check the address.'
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    detail: 'The gateway opens no tunnels for CONNECT.',
    next: 'Address the site itself.'
  },
  tenant_suspended: {
    status: 403,
    title: 'Suspended',
    detail: 'This site has been suspended by its operator.',
    next: 'It will answer here again once the operator resumes it.'
  },
  unknown_host: {
    status: 404,
    title: 'Nothing here',
    detail: 'No site lives at this address.',
    next: 'Check the address. If the site was set up a moment ago, try again shortly.'
  },
  request_timeout: {
    status: 408,
    closes: true,
    title: 'Request timeout',
    detail: 'The request did not arrive whole in time.',
    next: 'You can send it again.'
  },
  body_too_large: {
    status: 413,
    title: 'Too large',
    detail: 'The body of the request is larger than this site takes.',
    next: 'Send less at once.'
  },
  expectation_failed: {
    status: 417,
    title: 'Expectation failed',
    detail: 'The request expects something that the gateway does not know.',
    next: 'Only 100-continue can be expected.'
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    detail: 'This site gets more requests than it may take.',
    next: 'Please try again in a moment.',
    retryAfterSeconds: 1
  },
  headers_too_large: {
    status: 431,
    closes: true,
    title: 'Headers too large',
    detail: 'The headers of the request are larger than the limit.',
    next: 'Clearing the cookies of this site usually helps.'
  },
  internal: {
    status: 500,
    title: 'Internal error',
    detail: 'Something went wrong in the gateway.',
    next: 'It has been recorded. Please try again.'
  },
  not_implemented: {
    status: 501,
    closes: true,
    title: 'Not implemented',
    detail: 'The request uses a method or a transfer coding that the gateway does not know.',
    next: 'Repeating it unchanged will not help.'
  },
  tenant_unreachable: {
    status: 502,
    title: 'Not reachable',
    detail: 'This site cannot be reached at the moment, or it ended the connection without an answer.',
    next: 'It is usually back by itself shortly. Please try again.'
  },
  tenant_bad_response: {
    status: 502,
    title: 'Unreadable answer',
    detail: 'This site gave an answer that is not valid HTTP.',
    next: 'Please tell the people who run it if this stays.'
  },
  tenant_starting: {
    status: 503,
    title: 'Starting',
    detail: 'This site is being started.',
    next: 'It takes a few seconds. Please try again.',
    retryAfterSeconds: 2
  },
  tenant_busy: {
    status: 503,
    title: 'Busy',
    detail: 'This site has more to do than it can take on.',
    next: 'Please try again in a moment.',
    retryAfterSeconds: 1
  },
  tenant_queue_timeout: {
    status: 503,
    title: 'Busy',
    detail: 'The request waited too long for its turn, and was not passed on.',
    next: 'You can send it again.',
    retryAfterSeconds: 1
  },
  tenant_unavailable: {
    status: 503,
    title: 'Not reachable',
    detail: 'This site has not been reachable for a moment, so it was not asked.',
    next: 'It is tried again by itself. Please try again shortly.',
    retryAfterSeconds: 1
  },
  routes_unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    detail: 'The gateway cannot find out at the moment which site lives at this address.',
    next: 'Please try again in a moment.',
    retryAfterSeconds: 5
  },
  tenant_timeout: {
    status: 504,
    title: 'No answer in time',
    detail: 'This site did not answer in time.',
    next: 'Please try again. If the request changes something, check first whether it already has.'
  },
  version_not_supported: {
    status: 505,
    closes: true,
    title: 'HTTP version not supported',
    detail: 'The gateway speaks HTTP/1.1.',
    next: 'Repeating it unchanged will not help.'
  }
} as const satisfies Record<string, Problem>

export type ProblemCode = keyof typeof PROBLEMS

/** Thrown anywhere in the request path; error-response.ts turns it into what the client sees. The original rides in `cause`. */
export class GatewayError extends Error {
  override name = 'GatewayError'
  readonly code: ProblemCode
  /** When it is worth asking again, where that is known better than the table has it. */
  readonly retryAfterMs: number | null

  constructor (code: ProblemCode, { retryAfterMs, ...options }: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(PROBLEMS[code].detail, options)
    this.code = code
    this.retryAfterMs = retryAfterMs ?? null
  }

  get problem (): Problem {
    return PROBLEMS[this.code]
  }
}
