import { createHash } from 'node:crypto'
import { ConfigError } from '../config.ts'
import type { Config } from '../config.ts'
import { inTransaction } from '../database/pool.ts'
import type { Pool } from '../database/pool.ts'
import { SPEC_VERSION } from '../resources/container-spec.ts'

/**
 * Compares the settings with those that this installation last ran with. When one changed that decides how containers are
 * made, every tenant is looked at. Throws ConfigError when the tenants' subnet begins elsewhere while addresses of it are
 * known: they are kept as places in it.
 */
export async function adoptSettings (pool: Pool, config: Config): Promise<void> {
  const { tenantSubnet, containerRuntime, publicUrl, databaseServer: { tenantHost, port }, masterKey } = config
  const origin = tenantSubnet.addressAt(0) as string
  const parts = [SPEC_VERSION, containerRuntime, publicUrl.href, tenantHost, port, createHash('sha256').update(masterKey).digest('hex')]
  const fingerprint = createHash('sha256').update(JSON.stringify(parts)).digest('hex')
  await inTransaction(pool, async tx => {
    const { rows } = await tx.query<{ name: string, value: string }>('SELECT name, value FROM settings')
    const before = new Map(rows.map(row => [row.name, row.value]))
    const { rowCount: addresses } = await tx.query('SELECT FROM addresses LIMIT 1')
    if (addresses !== 0 && (before.get('first_address') ?? origin) !== origin) {
      throw new ConfigError(`BERTH_TENANT_SUBNET=${tenantSubnet.cidr} begins elsewhere than the network that tenants already have addresses of (its first was ${before.get('first_address')}). ` +
        'It can be made larger where it is, not moved.')
    }
    if (before.get('fingerprint') !== fingerprint) await tx.query("UPDATE work SET due_at = now() WHERE due_at = 'infinity'")
    await tx.query(`
      INSERT INTO settings (name, value) VALUES ('first_address', $1), ('fingerprint', $2)
      ON CONFLICT (name) DO UPDATE SET value = excluded.value`, [origin, fingerprint])
  })
}
