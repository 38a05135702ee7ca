import { once } from 'node:events'
import { Agent, request as send } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { request } from '../world/http.ts'
import { waitFor } from '../world/wait-for.ts'
import { routeTo, setScene, startOrigin } from './scene.ts'

t.test('SIGTERM: what is under way ends well', async t => {
  const { gateway, publish } = await setScene(t, 'bt-gwdrain')
  const release: Array<() => void> = []
  const origin = await startOrigin(t, (incoming, answer) => {
    if (incoming.url === '/quick') answer.end('quick')
    else release.push(() => { answer.end('slow') })
  })
  const wss = new WebSocketServer({ server: origin.server })
  await publish('a.example', routeTo(origin.port))

  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => { agent.destroy() })
  const ask = async (path: string, on = agent) => {
    const [answer] = await once(send({ host: '127.0.0.1', port: gateway.port, agent: on, path, headers: { host: 'a.example' } }).end(), 'response')
    return { headers: (answer as IncomingMessage).headers, text: await text(answer) }
  }
  const idle = new Agent({ keepAlive: true })
  t.teardown(() => { idle.destroy() })
  await ask('/quick', idle)
  t.match(await ask('/quick'), { headers: { connection: 'keep-alive' } })
  const slow = ask('/slow')
  await waitFor('the slow request', async () => release.length === 1)

  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/`, { headers: { host: 'a.example' } })
  await once(socket, 'open')
  const closed = once(socket, 'close')
  const tenantClosed = once([...wss.clients][0] as WebSocket, 'close')

  const stopped = gateway.stop()
  t.match(await waitFor('it to be no longer ready', async () => {
    const answer = await request({ port: gateway.adminPort, path: '/readyz' })
    return answer.status === 503 && answer.json<object>()
  }), { status: 'not ready', stopping: true })
  t.equal((await closed)[0], 1001, 'the WebSocket is told why')
  t.equal((await tenantClosed)[0], 1001, 'and the tenant hears it from its client')
  await t.rejects(request({ port: gateway.port, host: 'a.example' }), { code: 'ECONNREFUSED' })

  for (const each of release) each()
  t.equal((await slow).text, 'slow')
  t.equal(await stopped, 0)
  t.match(gateway.log().find(({ msg }) => msg === 'Gateway stopped'), { clean: true })
})

t.test('SIGTERM: what does not end is cut at the deadline', async t => {
  const { gateway, publish } = await setScene(t, 'bt-gwdeadline', { BERTH_GATEWAY_DRAIN_TIMEOUT_MS: '300' })
  const origin = await startOrigin(t, () => {})
  await publish('a.example', routeTo(origin.port))
  const never = t.rejects(request({ port: gateway.port, host: 'a.example' }), { code: 'ECONNRESET' })
  await waitFor('the request', async () => origin.requests.length === 1)
  t.equal(await gateway.stop(), 0)
  await never
  t.match(gateway.log().find(({ msg }) => msg === 'Gateway stopped'), { clean: false })
})
