/** What the program ends with. Scripts decide by it, so it is stable. */
export const EXIT = {
  ok: 0,
  /** It was asked for, and did not come to be: a tenant failed, a release was rejected, a rollout stopped. */
  failed: 1,
  /** The command line, or a value in it, cannot be understood or is not allowed. */
  usage: 2,
  /** No token, not a valid one, or one that may not do this. */
  forbidden: 3,
  notFound: 4,
  /** It does not go together with how things are now. */
  conflict: 5,
  /** Nobody answered, or not in time: trying again may help. */
  unreachable: 6,
  interrupted: 130
} as const

export type ExitCode = typeof EXIT[keyof typeof EXIT]

/** The exit code for an HTTP status that is an error. */
export function exitCodeOf (status: number): ExitCode {
  switch (status) {
    case 401: case 403: return EXIT.forbidden
    case 404: case 410: return EXIT.notFound
    case 409: case 412: return EXIT.conflict
    case 408: case 429: case 502: case 503: case 504: return EXIT.unreachable
    default: return status < 500 ? EXIT.usage : EXIT.failed
  }
}
