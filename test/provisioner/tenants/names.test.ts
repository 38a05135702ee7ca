import t from 'tap'
import * as names from '../../../provisioner/tenants/names.ts'
import { tenantUrl } from '../../../provisioner/tenants/tenant-url.ts'

t.test('ids', async t => {
  const ids = new Set(Array.from({ length: 1000 }, names.newTenantId))
  t.equal(ids.size, 1000)
  t.ok([...ids].every(names.isTenantId))
  for (const text of ['', 'tn_', 'tn_00000000000A', 'tn_0000000000001', 'acme', 'tn_00000000000-']) t.notOk(names.isTenantId(text), text)
})

t.test('slugs', async t => {
  const pattern = new RegExp(names.SLUG_PATTERN)
  for (const slug of ['a', '1', 'acme', 'a-b', 'a'.repeat(40)]) t.match(slug, pattern)
  for (const slug of ['', '-a', 'a-', 'A', 'a.b', 'a_b', 'ä', 'a'.repeat(41), 'a\n']) t.notMatch(slug, pattern)
  t.equal(names.slugHost('acme', 'example.com'), 'acme.example.com')
  t.equal(names.slugHost('a'.repeat(40), `${'b'.repeat(60)}.`.repeat(4) + 'com'), null, 'longer than a hostname can be')
})

t.test('names on the engine', async t => {
  const instance = names.instanceName('berth', 'tn_000000000001', 'abcdef0123456789')
  t.equal(instance, 'berth-tn_000000000001-abcdef01')
  t.equal(names.migrationName(instance), 'berth-tn_000000000001-abcdef01-migrate')
  t.equal(names.volumeName('berth', 'tn_000000000001'), 'berth-tn_000000000001-data')
  t.equal(names.networkName('berth', 3), 'berth-tenants-3')
  t.match(names.bridgeName('a-long-installation', 63), /^br-[0-9a-f]{4}-t63$/)
  t.ok(names.bridgeName('a-long-installation', 63).length <= 15, 'IFNAMSIZ')
})

t.test('passwords', async t => {
  const key = Buffer.alloc(32, 1)
  const password = names.databasePassword(key, 'tn_000000000001', 1)
  t.match(password, /^[\w-]{43}$/)
  t.equal(names.databasePassword(key, 'tn_000000000001', 1), password)
  t.not(names.databasePassword(key, 'tn_000000000001', 2), password)
  t.not(names.databasePassword(key, 'tn_000000000002', 1), password)
  t.not(names.databasePassword(Buffer.alloc(32, 2), 'tn_000000000001', 1), password)
})

t.test('urls', async t => {
  const domains = [{ host: 'acme.localhost', primary: false }, { host: 'acme.com', primary: true }]
  t.equal(tenantUrl(new URL('http://localhost:8080'), { slug: 'acme', domains }), 'http://acme.com:8080')
  t.equal(tenantUrl(new URL('https://example.com'), { slug: 'acme', domains }), 'https://acme.com')
})
