import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { ConfigError, readConfig } from './config.ts'

const stopWithinMs = 5_000

try {
  const config = readConfig()
  const app = await buildApp(config)
  closeWithGrace({ delay: stopWithinMs, logger: app.log }, async ({ err, signal }) => {
    if (err !== undefined) app.log.fatal({ err }, 'stopping after an error')
    else app.log.info({ signal }, 'stopping')
    await app.close()
  })
  await app.listen({ host: '0.0.0.0', port: config.port })
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error)
  process.exit(1)
}
