import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { openProvisioner } from './app.ts'
import { ConfigError, readConfig } from './config.ts'
import type { Config } from './config.ts'

let config: Config
try {
  config = readConfig(process.env)
} catch (err) {
  if (!(err instanceof ConfigError)) throw err
  console.error(err.message)
  process.exit(78) // EX_CONFIG, sysexits.h
}

const log = pino({ level: config.logLevel, base: { service: 'provisioner', installation: config.installation } })
const provisioner = await openProvisioner(config, log)

closeWithGrace({ delay: 15_000, logger: false }, async ({ signal, err }) => {
  if (err !== undefined) log.fatal({ err }, 'unexpected error')
  log.info({ signal }, 'stopping')
  await provisioner.close()
})
