import type { Teardown } from '../world/teardown.ts'

const INTERRUPTED = 130

/** Runs work that opens things outside of a test, and closes them in reverse, however it ends: when it is interrupted too. */
export async function withUndo (work: (t: Teardown) => Promise<void>): Promise<void> {
  const undos: Array<() => unknown> = []
  async function undoAll (): Promise<void> {
    for (let undo = undos.shift(); undo !== undefined; undo = undos.shift()) await undo()
  }
  const interrupt = (): void => { undoAll().finally(() => process.exit(INTERRUPTED)) }
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    await work({ teardown: undo => { undos.unshift(undo) } })
  } finally {
    await undoAll()
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}
