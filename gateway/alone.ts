import type { Logger } from 'pino'
import type { LineSink } from './access-log.ts'
import { startGateway } from './app.ts'
import type { Service } from './app.ts'
import type { Config } from './config.ts'
import { buildAdmin } from './health.ts'
import { Trust } from './trust.ts'

/** A gateway that is one process: tenants' traffic and admin port. Throws when it cannot start. */
export async function startAlone (config: Config, log: Logger, lines: LineSink): Promise<Service> {
  await requireReadable(config)
  const gateway = await startGateway(config, log, lines)
  const admin = buildAdmin(gateway.readiness, () => gateway.registry.metrics())
  await admin.listen({ host: '127.0.0.1', port: config.adminPort })
  return {
    ...gateway,
    close: async () => {
      await gateway.close()
      await admin.close()
    }
  }
}

/** A list that is malformed stops the start of an installation, but neither one that runs nor a worker that comes back. */
export async function requireReadable (config: Pick<Config, 'trustedProxies' | 'trustedProxiesFile'>): Promise<void> {
  await new Trust(config.trustedProxies, config.trustedProxiesFile).reload()
}
