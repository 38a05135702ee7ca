import { randomUUID } from 'node:crypto'
import t from 'tap'
import { bucketBoundMs, bucketOf, parseUsage, serializeUsage, USAGE_BUCKETS, USAGE_TENANTS_MAX } from '../../gateway/usage-record.ts'
import type { UsageRecord } from '../../gateway/usage-record.ts'

const tenant = { tenantId: 'tn_abcdefghij01', requests: 3, errors: 1, bytesIn: 10, bytesOut: 2 ** 40, latency: [0, 2, 1] }
const record: UsageRecord = { process: randomUUID(), sequence: 1, minute: 29_000_000, tenants: [tenant] }
const raw = (change: (value: Record<string, unknown>) => void): string => {
  const value = JSON.parse(serializeUsage(record)) as Record<string, unknown>
  change(value)
  return JSON.stringify(value)
}
const withTenant = (entry: unknown): string => raw(value => { value.tenants = [entry] })

t.test('a record is read as it was written', async t => {
  t.strictSame(parseUsage(serializeUsage(record)), record)
  t.strictSame(parseUsage(serializeUsage({ ...record, tenants: [] })), { ...record, tenants: [] })
})

t.test('what is not a whole record is none', async t => {
  const id = tenant.tenantId
  const wrong: Record<string, string> = {
    'not JSON': '{',
    null: 'null',
    'a list': '[]',
    'another version': raw(value => { value.v = 2 }),
    'no process': raw(value => { delete value.process }),
    'a process with another name': raw(value => { value.process = 'a' }),
    'sequence 0': raw(value => { value.sequence = 0 }),
    'half a minute': raw(value => { value.minute = 1.5 }),
    'milliseconds for minutes': raw(value => { value.minute = Date.now() * 1000 }),
    'no tenants': raw(value => { value.tenants = {} }),
    'too many tenants': raw(value => { value.tenants = Array.from({ length: USAGE_TENANTS_MAX + 1 }, () => [id, 0, 0, 0, 0, []]) }),
    'a tenant with another id': withTenant(['rl_abcdefghij01', 0, 0, 0, 0, []]),
    'a negative count': withTenant([id, -1, 0, 0, 0, []]),
    'too great a count': withTenant([id, 2 ** 53, 0, 0, 0, []]),
    'a count in words': withTenant([id, '1', 0, 0, 0, []]),
    'too few counts': withTenant([id, 0, 0, 0, []]),
    'too many buckets': withTenant([id, 0, 0, 0, 0, Array.from({ length: USAGE_BUCKETS + 1 }, () => 0)]),
    'half a request': withTenant([id, 0, 0, 0, 0, [0.5]])
  }
  for (const [what, text] of Object.entries(wrong)) t.equal(parseUsage(text), null, what)
})

t.test('buckets', async t => {
  for (const [ms, bucket] of [[0, 0], [0.5, 0], [0.51, 1], [0.7, 1], [0.71, 2], [1, 2], [2, 4], [1000, 22], [1e9, USAGE_BUCKETS - 1], [Infinity, USAGE_BUCKETS - 1], [NaN, 0], [-1, 0]] as const) {
    t.equal(bucketOf(ms), bucket, `${ms} ms`)
  }
  for (let i = 1; i < USAGE_BUCKETS - 1; i++) {
    const [from, to] = [bucketBoundMs(i - 1), bucketBoundMs(i)]
    t.equal(bucketOf((from + to) / 2), i)
  }
  t.equal(bucketBoundMs(USAGE_BUCKETS - 1), Infinity)
})
