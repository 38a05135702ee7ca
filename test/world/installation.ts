import { randomBytes } from 'node:crypto'
import { claimInstallation, clearSubnet, ensureTenantNetwork } from './network.ts'
import { startPostgres } from './postgres.ts'
import type { PostgresService } from './postgres.ts'
import { startRedis } from './redis.ts'
import type { RedisService } from './redis.ts'
import type { Teardown } from './teardown.ts'

/** What a Berth under test stands on: its name, its networks, PostgreSQL and Redis of its own. */
export interface Ground {
  installation: string
  tenantSubnet: string
  postgres: PostgresService
  redis: RedisService
  /** The environment of a provisioner here, but for its port. */
  env: Record<string, string>
}

/** Lays the ground for an installation `bt-<word>`; `block` (0–15) is the /20 of the tests' network that is its own. */
export async function layGround (t: Teardown, word: string, block: number): Promise<Ground> {
  const installation = `bt-${word}`
  const tenantSubnet = `10.213.${block * 16}.0/20`
  const gatewayAddress = `10.213.${block * 16}.1`
  await claimInstallation(t, installation)
  await clearSubnet(tenantSubnet)
  await ensureTenantNetwork(installation, tenantSubnet)
  const [postgres, redis] = await Promise.all([
    startPostgres(t, { installation, tenantSubnet, listen: ['127.0.0.1', gatewayAddress] }),
    startRedis(t, { installation })
  ])
  return {
    installation,
    tenantSubnet,
    postgres,
    redis,
    env: {
      BERTH_INSTALLATION: installation,
      BERTH_BASE_DOMAIN: 'berth.test',
      BERTH_PUBLIC_URL: 'http://berth.test:8080',
      BERTH_TENANT_SUBNET: tenantSubnet,
      BERTH_ADMIN_TOKEN: randomBytes(24).toString('hex'),
      BERTH_MASTER_KEY: randomBytes(32).toString('hex'),
      BERTH_POSTGRES_PORT: String(postgres.port),
      BERTH_CONTROL_DATABASE_PASSWORD: postgres.controlPassword,
      BERTH_DATABASE_ADMIN_PASSWORD: postgres.adminPassword,
      BERTH_REDIS_PORT: String(redis.port),
      BERTH_REDIS_PASSWORD: redis.password,
      BERTH_LOG_LEVEL: 'warn',
      BERTH_DRAIN_MS: '200',
      BERTH_DEPLOY_DRAIN_MS: '200',
      BERTH_START_TIMEOUT_SECONDS: '5'
    }
  }
}
