import type { Teardown } from '../world/teardown.ts'

/** Runs work that opens things outside of a test, and closes them in reverse, however it ends. */
export async function withUndo (work: (t: Teardown) => Promise<void>): Promise<void> {
  const undos: Array<() => unknown> = []
  try {
    await work({ teardown: undo => { undos.unshift(undo) } })
  } finally {
    for (const undo of undos) await undo()
  }
}
