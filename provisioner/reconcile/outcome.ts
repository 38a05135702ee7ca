/**
 * How a step ends. The fourth end, "could not tell", is an exception: the pass is repeated after a back-off.
 *
 *   done     what the step is for is so
 *   wait     not yet, and that is no error: look again after `afterMs`
 *   failed   known, and it will not heal by looking again; `retryAfterMs` null means that only a change of what is wanted
 *            can heal it. `output`: the last lines of the container that it is about. `discard`: a container that is removed once
 *            they are kept
 */
export type Outcome =
  | { kind: 'done' }
  | { kind: 'wait', afterMs: number, reason: string, message: string }
  | { kind: 'failed', reason: string, message: string, output?: string[], discard?: string, retryAfterMs: number | null }

export const DONE: Outcome = { kind: 'done' }

export function wait (afterMs: number, reason: string, message: string): Outcome {
  return { kind: 'wait', afterMs, reason, message }
}

/** Something of the name that we need is there and does not carry our mark: it is left alone. */
export function notOurs (what: string): Outcome {
  return {
    kind: 'failed',
    reason: 'NameConflict',
    message: `There is a ${what} that was not made by this installation. It is left as it is; remove or rename it, and Berth goes on by itself.`,
    retryAfterMs: 15_000
  }
}
