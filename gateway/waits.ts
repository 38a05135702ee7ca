/**
 * What a connection can be waiting for, one thing at a time, and how long in milliseconds:
 *
 *   connect    the tenant takes the connection
 *   request    the client sends more of the body of its request
 *   response   the tenant takes more of the request, or begins its answer
 *   body       the tenant sends more of its answer
 *   client     the client reads more of the answer
 */
export type Waits = Readonly<Record<'connect' | 'request' | 'response' | 'body' | 'client', number>>
export type Wait = keyof Waits

/** Somebody was silent for too long. */
export class WaitedTooLong extends Error {
  override name = 'WaitedTooLong'
  readonly code = 'ERR_WAITED_TOO_LONG'
  readonly wait: Wait

  constructor (wait: Wait) {
    super(`Waited too long: ${wait}`)
    this.wait = wait
  }
}
