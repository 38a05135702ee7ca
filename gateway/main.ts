import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { startGateway } from './app.ts'
import { ConfigError, readConfig } from './config.ts'
import type { Config } from './config.ts'

/** What closing may take beyond the drain time-out, before the process is ended regardless. */
const CLOSE_MARGIN_MS = 5000

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

try {
  const gateway = await startGateway(config, log, stream)
  closeWithGrace({ delay: config.drainTimeoutMs + CLOSE_MARGIN_MS, logger: false }, async ({ signal, err }) => {
    if (err !== undefined) log.fatal({ err }, 'Gateway failed')
    else log.info({ signal }, 'Gateway stops')
    await gateway.close()
    await flushed()
  })
} catch (err) {
  log.fatal({ err }, 'Gateway cannot start')
  await flushed()
  process.exit(1)
}
