/** Errors of a socket: nobody listens, the connection broke, or there was no answer in time. */
const SOCKET_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN', 'ENOTFOUND'])
/**
 * SQLSTATEs that say "not now": 08 connection, 40 serialization and deadlock, 53 resources, 57P0 shutdown and start.
 * PostgreSQL 17, appendix A.
 */
const SQLSTATE = /^(?:08...|40...|53...|57P0.)$/
/** The errors that pg raises about a connection without a code. */
const WITHOUT_CODE = /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/

/** Whether an error means that the control database or the engine cannot be reached now, and trying again may help. */
export function isAway (err: Error & { code?: unknown }): boolean {
  if (err instanceof AggregateError) return err.errors.some(isAway)
  if (typeof err.code !== 'string') return WITHOUT_CODE.test(err.message)
  return SOCKET_CODES.has(err.code) || SQLSTATE.test(err.code)
}
