import type { Logger } from 'pino'
import { requireReadable } from './alone.ts'
import type { Service } from './app.ts'
import type { Config } from './config.ts'
import { buildAdmin } from './health.ts'
import type { Readiness } from './health.ts'
import type { LinesTo } from './whole-lines.ts'
import type { MetricReport } from './worker-link.ts'
import { primaryRegistry, WorkerTotals } from './worker-totals.ts'
import { Workers } from './workers.ts'

/** What a worker may take to close beyond the drain time-out. */
const CLOSE_MARGIN_MS = 2500

/**
 * The primary of several workers: serves the admin port for all of them and no tenant. Resolves when all take requests.
 * Throws when a worker cannot start, or the admin port is taken.
 */
export async function startPrimary (config: Config, log: Logger, lines: LinesTo): Promise<Service> {
  await requireReadable(config)
  const totals = new WorkerTotals(config.metricsTenants)
  const workers = new Workers({ count: config.workers, log, lines, onEnd: number => { totals.ended(number) } })
  const own = primaryRegistry({ serving: () => workers.serving, restarted: () => workers.restarted })
  let started = false
  let stopping = false

  const admin = buildAdmin(async () => {
    const answers = await workers.ask<Readiness>('readiness')
    return {
      ready: started && !stopping && answers.some(({ answer }) => answer?.ready === true),
      detail: {
        stopping,
        workers: answers.map(({ number, answer }) => answer === null
          ? { worker: number, status: 'no answer' }
          : { worker: number, status: answer.ready ? 'ready' : 'not ready', ...answer.detail })
      }
    }
  }, async () => {
    for (const { number, answer } of await workers.ask<MetricReport>('metrics')) if (answer !== null) totals.report(number, answer)
    return await totals.text() + await own.metrics()
  })
  await admin.listen({ host: '127.0.0.1', port: config.adminPort })
  await workers.start()
  started = true
  log.info({ workers: config.workers, adminPort: config.adminPort }, 'Gateway serves')

  return {
    reload: () => { workers.reload() },
    flush: () => {},
    close: async () => {
      stopping = true
      const clean = await workers.stop(config.drainTimeoutMs + CLOSE_MARGIN_MS)
      await admin.close()
      log.info({ clean }, 'All workers stopped')
    }
  }
}
