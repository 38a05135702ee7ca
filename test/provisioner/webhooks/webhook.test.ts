import t from 'tap'
import { createHmac } from 'node:crypto'
import { MAX_ATTEMPTS, newWebhookId, retryInMs, signedHeaders, webhookSecret } from '../../../provisioner/webhooks/webhook.ts'

const MASTER = Buffer.alloc(32, 7)

t.test('a receiver that knows the secret can verify', async t => {
  const body = '{"type":"tenant.StatusChanged","data":{"name":"Ä"}}'
  const headers = signedHeaders(MASTER, { id: 'dl_1', webhookId: 'wh_a', body }, 1_700_000_000)
  const secret = webhookSecret(MASTER, 'wh_a')
  // As the Standard Webhooks specification has it: the key is what is in base64 behind the prefix.
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  t.ok(key.length >= 24 && key.length <= 64)
  t.strictSame(headers, {
    'webhook-id': 'dl_1', 'webhook-timestamp': '1700000000', 'webhook-signature': `v1,${createHmac('sha256', key).update(`dl_1.1700000000.${body}`, 'utf8').digest('base64')}`
  })
})

t.test('secrets are of one webhook and one installation', async t => {
  t.equal(webhookSecret(MASTER, 'wh_a'), webhookSecret(MASTER, 'wh_a'))
  t.not(webhookSecret(MASTER, 'wh_a'), webhookSecret(MASTER, 'wh_b'))
  t.not(webhookSecret(MASTER, 'wh_a'), webhookSecret(Buffer.alloc(32, 8), 'wh_a'))
  t.match(newWebhookId(), /^wh_[a-z0-9]{12}$/)
})

t.test('waits grow, differ by a fifth, and come to an end', async t => {
  const middle = Array.from({ length: MAX_ATTEMPTS }, (_, i) => retryInMs(i + 1, 0.5))
  t.equal(middle.at(-1), null)
  const waits = middle.slice(0, -1) as number[]
  t.strictSame([...waits].sort((a, b) => a - b), waits)
  t.ok(waits.reduce((sum, ms) => sum + ms, 0) > 20 * 3_600_000)
  t.strictSame([retryInMs(1, 0), retryInMs(1, 0.5), retryInMs(1, 1)], [4000, 5000, 6000])
})
