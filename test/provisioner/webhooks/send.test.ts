import t from 'tap'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { send } from '../../../provisioner/webhooks/send.ts'
import { startReceiver } from '../../world/receiver.ts'

const receiver = await startReceiver(t, 'bt-hooks-send')
const policy = { allowed: [receiver.network], tenantSubnet: '10.209.0.0/16' }
const never = new AbortController().signal
const post = async (url = receiver.url, timeoutMs = 10_000) => await send(new URL(url), { 'webhook-id': 'dl_1' }, '{"a":"ü"}', policy, never, timeoutMs)

t.test('what is sent', async t => {
  receiver.answer(response => { response.writeHead(202).end('thanks\0') })
  t.strictSame(await post(), { kind: 'answered', status: 202, answer: 'thanks' })
  t.match(receiver.received.at(-1), { path: '/hook?a=b', body: '{"a":"ü"}', headers: { 'content-type': 'application/json', 'webhook-id': 'dl_1', host: new URL(receiver.url).host, 'content-length': '10' } })
})

t.test('redirects are not followed', async t => {
  const before = receiver.received.length
  receiver.answer(response => { response.writeHead(307, { location: receiver.url }).end() })
  t.match(await post(), { kind: 'answered', status: 307 })
  t.equal(receiver.received.length, before + 1)
})

t.test('of an answer without end the beginning is read', async t => {
  receiver.answer(response => {
    const more = (): void => { while (response.write('x'.repeat(1000))); }
    response.on('drain', more)
    more()
  })
  t.match(await post(), { kind: 'answered', status: 200, answer: 'x'.repeat(1000) })
})

t.test('an answer that stops counts as far as it came', async t => {
  receiver.answer(response => { response.write('ok') })
  t.match(await post(receiver.url, 300), { kind: 'answered', status: 200, answer: 'ok' })
})

t.test('no answer, none in time, and what is no answer', async t => {
  receiver.answer(() => {})
  t.match(await post(receiver.url, 200), { kind: 'failed', error: /within 0.2 seconds/ })
  receiver.answer(response => { response.destroy() })
  t.match(await post(), { kind: 'failed' })
  receiver.answer(response => { response.socket?.end('220 mail ready\r\n') })
  t.match(await post(), { kind: 'failed', error: /Parse Error/ })
  t.match(await post(`http://${new URL(receiver.url).hostname}:1/`), { kind: 'failed', error: /ECONNREFUSED/ })
  t.match(await post(receiver.url.replace('http:', 'https:')), { kind: 'failed' })
})

t.test('what must not be reached is not', async t => {
  const closed = createServer(() => { t.fail('it was reached') })
  closed.listen(0, '0.0.0.0')
  await once(closed, 'listening')
  t.teardown(() => { closed.close() })
  const { port } = closed.address() as AddressInfo
  const open = { ...policy, allowed: ['0.0.0.0/0', '::/0'] }
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '[::7f00:1]', '0.0.0.0', receiver.gateway, `[::ffff:${receiver.gateway}]`]) {
    t.match(await send(new URL(`http://${host}:${port}/`), {}, '', open, never), { kind: 'failed', error: /is not connected to/ }, host)
  }
  t.match(await send(new URL(receiver.url), {}, '', { ...policy, allowed: [] }, never), { kind: 'failed', error: /BERTH_WEBHOOK_ALLOW/ })
})

t.test('who stops does not wait', async t => {
  receiver.answer(() => {})
  t.match(await send(new URL(receiver.url), {}, '', policy, AbortSignal.abort()), { kind: 'failed' })
})
