import type { Logger } from 'pino'
import type { LineSink } from './access-log.ts'
import { startGateway } from './app.ts'
import type { Service } from './app.ts'
import type { Config } from './config.ts'
import { numberOf } from './worker-link.ts'
import type { ToPrimary, ToWorker } from './worker-link.ts'

/** The first of the workers keeps the snapshot; the others only read it. */
export const KEEPER = 1

/** One of the gateway's workers: answers what the primary asks, stops when it says so, and ends when the primary has ended. */
export async function startWorker (config: Config, log: Logger, lines: LineSink): Promise<Service> {
  const number = numberOf(process.argv)
  const named = log.child({ worker: number })
  const stop = Promise.withResolvers<void>()
  // Before Node's own end of a worker, which runs the exit listeners: there the log (sonic-boom 4) tries for ever to write into the
  // pipe that nobody reads any more.
  process.prependListener('disconnect', () => { process.kill(process.pid, 'SIGKILL') })
  try {
    const gateway = await startGateway(config, named, lines, { keepsSnapshot: number === KEEPER })
    process.on('message', async (message: ToWorker) => {
      switch (message.kind) {
        case 'stop': return stop.resolve()
        case 'reload': return gateway.reload()
        case 'ask': {
          const answer = message.what === 'readiness' ? gateway.readiness() : await gateway.registry.getMetricsAsJSON()
          tell({ kind: 'answer', id: message.id, answer })
        }
      }
    })
    tell({ kind: 'ready' })
    return { ...gateway, stopAsked: stop.promise }
  } catch (err) {
    tell({ kind: 'failed', message: err instanceof Error ? err.message : String(err) })
    throw err
  }
}

function tell (message: ToPrimary): void {
  // The primary may have ended at this moment: then so does this process, of which nobody needs to hear.
  process.send?.(message, undefined, undefined, () => {})
}
