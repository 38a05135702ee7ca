import { setTimeout as pause } from 'node:timers/promises'
import type { Connection, Database, Log } from './database.ts'

export interface ListenerHooks {
  /** From now on nothing is missed; what happened before may have been. Called again after each reconnection. */
  onListening: () => void
  onLost: () => void
  /** The JSON text that the trigger sent. */
  onNotification: (payload: string) => void
}

const firstDelayMs = 100
const maxDelayMs = 5_000
// A connection that died silently is found out by asking.
const probeIntervalMs = 20_000

/**
 * Follows the channel `notes` until `signal` aborts, on a connection borrowed from the pool, and on a new one whenever
 * that is lost. Resolves when the connection has been given back; never rejects.
 */
export async function followNotes (database: Database, hooks: ListenerHooks, log: Log, signal: AbortSignal): Promise<void> {
  let delayMs = firstDelayMs
  while (!signal.aborted) {
    try {
      await listen(database, { ...hooks, onListening }, signal)
    } catch (error) {
      if (signal.aborted) return
      log.warn({ err: error, delayMs }, 'listening for notes failed, trying again')
      hooks.onLost()
      await pause(delayMs, undefined, { signal }).catch(() => undefined)
      delayMs = Math.min(delayMs * 2, maxDelayMs)
    }
  }

  function onListening (): void {
    delayMs = firstDelayMs
    hooks.onListening()
  }
}

/** Returns when `signal` aborts, throws when the connection is lost. */
async function listen (database: Database, hooks: ListenerHooks, signal: AbortSignal): Promise<void> {
  const connection = await database.connect()
  const lost = lossOf(connection)
  const onNotification = ({ payload }: { payload?: string | undefined }): void => hooks.onNotification(payload ?? '')
  connection.on('notification', onNotification)
  try {
    await connection.query('LISTEN notes')
    if (!signal.aborted) hooks.onListening()
    while (!signal.aborted) {
      await Promise.race([lost, pause(probeIntervalMs, undefined, { signal }).catch(() => undefined)])
      await connection.query(signal.aborted ? 'UNLISTEN notes' : 'SELECT 1')
    }
    connection.off('notification', onNotification)
    connection.release()
  } catch (error) {
    connection.release(true)
    throw error
  }
}

function lossOf (connection: Connection): Promise<never> {
  const lost = new Promise<never>((_resolve, reject) => {
    connection.once('error', reject)
    connection.once('end', () => reject(new Error('the database closed the connection')))
  })
  // It may be lost while nobody waits for it here; the next query says so then.
  lost.catch(() => undefined)
  return lost
}
