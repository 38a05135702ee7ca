import cluster from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { startAlone } from './alone.ts'
import type { Service } from './app.ts'
import { ConfigError, readConfig } from './config.ts'
import type { Config } from './config.ts'
import { startPrimary } from './primary.ts'
import { startWorker } from './worker.ts'

/** What closing may take beyond the drain time-out, before the process is ended regardless. */
const CLOSE_MARGIN_MS = 5000
/** What a process that has failed may take to say so: nothing in it can be relied on, and another one waits to take its place. */
const LAST_WORDS_MS = 500

/** Lines leave in batches: a system call for each would cost a tenth of a request. */
const LOG_STREAM = { sync: false, minLength: 4096, periodicFlush: 100 }

function configOrExit (): Config {
  try {
    return readConfig()
  } catch (err) {
    if (!(err instanceof ConfigError)) throw err
    process.stderr.write(`${err.message}\n`)
    process.exit(78) // EX_CONFIG of sysexits.h
  }
}

function flushed (): Promise<void> {
  return new Promise(resolve => { log.flush(() => { resolve() }) })
}

const config = configOrExit()
const stream = pino.destination(LOG_STREAM)
const log = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream)
const start = cluster.isWorker ? startWorker : config.workers > 1 ? startPrimary : startAlone
let service: Service | undefined
let closing: Promise<void> | undefined

// Before the start: the first process of a container takes no signal that nobody listens for.
process.on('SIGHUP', () => { service?.reload() })
const grace = closeWithGrace({ delay: config.drainTimeoutMs + CLOSE_MARGIN_MS, logger: false, skip: ['SIGHUP'], onSecondError: failed }, async ({ signal, err }) => {
  if (err !== undefined) {
    failed(err)
    await Promise.race([flushed(), delay(LAST_WORDS_MS)])
    return
  }
  log.info({ signal }, 'Gateway stops')
  await (closing ??= service?.close())
  await flushed()
})

try {
  service = await start(config, log, stream)
  service.stopAsked?.then(grace.close)
} catch (err) {
  log.fatal({ err }, 'Gateway cannot start')
  await flushed()
  process.exit(1)
}

function failed (err: unknown): void {
  service?.flush()
  log.fatal({ err }, 'Gateway failed')
}
