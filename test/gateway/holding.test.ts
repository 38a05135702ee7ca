import { connect } from 'node:net'
import t from 'tap'
import { request } from '../world/http.ts'
import { waitFor } from '../world/wait-for.ts'
import { routeTo, setScene, startOrigin } from './scene.ts'
import type { Route } from '../../gateway/route-record.ts'

t.test('requests are kept while an instance is being exchanged', async t => {
  const { gateway, publish, ask } = await setScene(t, 'bt-gwholding', { BERTH_GATEWAY_HOLD_PER_HOST: '5' })
  const held = async () => Number(/^berth_gateway_requests_held (\d+)$/m.exec((await request({ port: gateway.adminPort, path: '/metrics' })).text)?.[1])
  const before = await startOrigin(t, (_incoming, answer) => { answer.end('before') })
  const after = await startOrigin(t, (incoming, answer) => {
    let body = ''
    incoming.on('data', chunk => { body += chunk }).on('end', () => { answer.end(`after ${body}`) })
  })
  const active = routeTo(before.port)
  const { tenantId, slug, name } = active
  const holding = (until?: number): Route => ({ tenantId, slug, name, epoch: 2, state: 'holding', ...(until === undefined ? {} : { until }) })
  const moved: Route = { ...active, epoch: 3, instance: 'another', upstream: { address: '127.0.0.1', port: after.port } }

  await t.test('and go to the new one, once, with their bodies', async t => {
    await publish('hold.example', active)
    t.equal((await ask('hold.example')).text, 'before')
    await publish('hold.example', holding())
    await waitFor('the gateway to hear of it', async () => {
      const kept = ask('hold.example', { method: 'POST', body: Buffer.from('probe') })
      const outcome = await Promise.race([kept.then(({ text }) => text), waitFor('it to be kept', async () => await held() === 1 && 'kept')])
      if (outcome !== 'kept') return false
      const others = Array.from({ length: 4 }, async (_, i) => await ask('hold.example', { method: 'POST', body: Buffer.from(String(i)) }))
      await waitFor('all to be kept', async () => await held() === 5)
      t.match(await ask('hold.example'), { status: 503, text: /"tenant_busy"/ }, 'only so many')
      await publish('hold.example', moved)
      t.equal((await kept).text, 'after probe')
      t.strictSame((await Promise.all(others)).map(({ text }) => text), ['after 0', 'after 1', 'after 2', 'after 3'])
      return true
    })
    t.equal(after.requests.length, 5)
    t.equal(await held(), 0)
  })

  await t.test('until nobody expects it to end well', async t => {
    await publish('late.example', holding(Date.now() + 100))
    t.match(await ask('late.example'), { status: 503, text: /"tenant_starting"/ })
    await publish('gone.example', holding())
    const kept = ask('gone.example')
    await waitFor('it to be kept', async () => await held() === 1)
    await publish('gone.example', { ...holding(), state: 'suspended' } as Route)
    t.match(await kept, { status: 403 })
  })

  await t.test('but not for a client that goes, nor for a gateway that stops', async t => {
    await publish('kept.example', holding())
    const client = connect(gateway.port, '127.0.0.1')
    client.write('GET / HTTP/1.1\r\nHost: kept.example\r\n\r\n')
    await waitFor('it to be kept', async () => await held() === 1)
    client.destroy()
    await waitFor('it to be let go', async () => await held() === 0)
    const kept = ask('kept.example')
    await waitFor('it to be kept', async () => await held() === 1)
    t.equal(await gateway.stop(), 0)
    t.match(await kept, { status: 503 })
  })
})
