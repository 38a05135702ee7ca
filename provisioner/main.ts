import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import type { Logger } from 'pino'
import { openProvisioner } from './app.ts'
import type { Provisioner } from './app.ts'
import { ConfigError, readConfig } from './config.ts'

async function start (): Promise<{ log: Logger, provisioner: Provisioner }> {
  const config = readConfig(process.env)
  const log = pino({ level: config.logLevel, base: { service: 'provisioner', installation: config.installation } })
  return { log, provisioner: await openProvisioner(config, log) }
}

const { log, provisioner } = await start().catch(err => {
  if (!(err instanceof ConfigError)) throw err
  console.error(err.message)
  process.exit(78) // EX_CONFIG, sysexits.h
})

closeWithGrace({ delay: 15_000, logger: false }, async ({ signal, err }) => {
  if (err !== undefined) log.fatal({ err }, 'unexpected error')
  log.info({ signal }, 'stopping')
  await provisioner.close()
})
