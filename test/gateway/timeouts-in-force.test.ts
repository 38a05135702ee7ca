// Who lets whom wait, and for how long: each time-out as the settings have it and as a route has it.
import t from 'tap'
import type { Test } from 'tap'
import { waitFor } from '../world/wait-for.ts'
import { request } from '../world/http.ts'
import { startWithRoutes } from './known-hosts.ts'
import { routeTo, startOrigin, startRawOrigin } from './scene.ts'
import { openRawClient } from './wire/raw-client.ts'

const PIECE = Buffer.alloc(64 * 1024, 'x')
/** More than all buffers between two ends hold. */
const MUCH = 64 * 1024 * 1024

const LONG = '20000'

/** The tenant's own time-outs are short and those of the settings long, and the other way round. */
const WAYS = ['settings', 'route'] as const

// Each has a gateway of its own, and mostly waits.
t.jobs = 4

for (const way of WAYS) {
  const scene = async (t: Test, port: number, name: 'bodyTimeoutMs' | 'responseTimeoutMs' | 'idleTimeoutMs', ms: number) => {
    const variable = { bodyTimeoutMs: 'BERTH_GATEWAY_REQUEST_BODY_TIMEOUT_MS', responseTimeoutMs: 'BERTH_GATEWAY_RESPONSE_TIMEOUT_MS', idleTimeoutMs: 'BERTH_GATEWAY_BODY_TIMEOUT_MS' }[name]
    const [settings, route] = way === 'settings' ? [String(ms), {}] : [LONG, { limits: { [name]: ms } }]
    const gateway = await startWithRoutes(t, { 'it.example': routeTo(port, route) }, { BERTH_GATEWAY_TENANT_CONNECTIONS: '1', BERTH_GATEWAY_TENANT_QUEUE: '0', [variable]: settings })
    /** The only connection that the tenant may have is free again. */
    const servesAgain = async (t: Test) => {
      await waitFor('the tenant to serve again', async () => (await request({ port: gateway.port, host: 'it.example', path: '/ok' })).status === 200)
      t.notMatch(gateway.output(), /"level":[56]0/)
    }
    return { gateway, servesAgain }
  }

  t.test(`a client that stops in the middle of its body (${way}): 408, and the connection ends`, async t => {
    const origin = await startOrigin(t, (incoming, answer) => { incoming.on('error', () => {}).resume().on('end', () => { answer.end('ok') }) })
    const { gateway, servesAgain } = await scene(t, origin.port, 'bodyTimeoutMs', 400)
    for (const [framing, body] of [['Content-Length: 10', 'half'], ['Transfer-Encoding: chunked', '4\r\nhalf\r\n'], ['Content-Length: 10', '']] as const) {
      const client = await openRawClient(t, gateway.port)
      client.send(`POST / HTTP/1.1\r\nHost: it.example\r\n${framing}\r\n\r\n${body}`)
      const [answer] = await client.end()
      t.equal(answer?.start, 'HTTP/1.1 408 Request Timeout', framing)
      t.match(client.received(), /\r\nconnection: close\r\n/i)
      t.match(JSON.parse(answer?.body ?? ''), { status: 408, code: 'request_timeout' })
      await servesAgain(t)
    }
    t.notOk(origin.requests.some(({ method, complete }) => method === 'POST' && complete), 'none looked whole to the tenant')
  })

  t.test(`a client that goes on before the time is over (${way}) may take as long as it likes`, async t => {
    const origin = await startOrigin(t, (incoming, answer) => {
      // What the tenant says meanwhile is no reason to hurry the client either.
      if (incoming.method === 'POST') answer.writeProcessing()
      incoming.resume().on('end', () => { answer.end('ok') })
    })
    const { gateway } = await scene(t, origin.port, 'bodyTimeoutMs', 800)
    const client = await openRawClient(t, gateway.port)
    const began = performance.now()
    client.send('POST / HTTP/1.1\r\nHost: it.example\r\nTransfer-Encoding: chunked\r\n\r\n')
    await waitFor('three times the time', () => {
      client.send('1\r\nx\r\n')
      return performance.now() - began > 2400
    }, { intervalMs: 200 })
    client.send('0\r\n\r\n')
    const [answer] = await client.responses()
    t.equal(answer?.start, 'HTTP/1.1 200 OK')
  })

  t.test(`a tenant that does not take the body (${way}) is not the client's fault`, async t => {
    const tenant = await startRawOrigin(t, socket => {
      socket.once('data', data => {
        if (String(data).startsWith('GET')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
        else socket.pause()
      })
    })
    const { gateway, servesAgain } = await scene(t, tenant.port, 'bodyTimeoutMs', 300)
    const client = await openRawClient(t, gateway.port)
    client.send(`POST / HTTP/1.1\r\nHost: it.example\r\nContent-Length: ${MUCH}\r\n\r\n`)
    client.send(Buffer.alloc(MUCH))
    const began = performance.now()
    await waitFor('five times the time', () => performance.now() - began > 1500)
    t.equal(client.received(), '')
    tenant.sockets[0]?.destroy()
    await client.responses()
    t.match(client.received(), /^HTTP\/1\.1 502 /)
    client.socket.destroy()
    await servesAgain(t)
  })

  t.test(`a tenant that does not answer (${way}): 504`, async t => {
    const tenant = await startRawOrigin(t, socket => {
      socket.on('data', data => { if (String(data).startsWith('GET /ok')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n') })
    })
    const { gateway, servesAgain } = await scene(t, tenant.port, 'responseTimeoutMs', 400)
    const asked = () => request({ port: gateway.port, host: 'it.example', method: 'POST', body: 'x', headers: { accept: 'text/html;q=0.5' } })
    t.match(await asked(), { status: 504, headers: { 'content-type': /^text\/html/ } })
    await servesAgain(t)
    const answer = await request({ port: gateway.port, host: 'it.example' })
    t.match(answer.json(), { status: 504, code: 'tenant_timeout' })
    await servesAgain(t)
  })

  t.test(`a tenant that stops in the middle of its answer (${way}): the client is cut off`, async t => {
    const origin = await startOrigin(t, (incoming, answer) => {
      if (incoming.url === '/ok') answer.end()
      else answer.write('half')
    })
    const { gateway, servesAgain } = await scene(t, origin.port, 'idleTimeoutMs', 400)
    await t.rejects(request({ port: gateway.port, host: 'it.example' }), { code: 'ECONNRESET' })
    await servesAgain(t)
    await waitFor('the log', () => gateway.log().some(({ cutBy }) => cutBy === 'tenant'))
  })
}

t.test('a client that does not read its answer is cut off, and the tenant is rid of it', async t => {
  const origin = await startOrigin(t, (incoming, answer) => {
    if (incoming.url === '/ok') answer.end()
    const write = () => { while (answer.write(PIECE)); }
    if (incoming.url === '/much') answer.on('drain', write)
    if (incoming.url === '/much') write()
  })
  const gateway = await startWithRoutes(t, { 'it.example': routeTo(origin.port, { limits: { connections: 1, queue: 0 } }) }, { BERTH_GATEWAY_CLIENT_TIMEOUT_MS: '500' })
  const client = await openRawClient(t, gateway.port)
  client.socket.pause()
  client.send('GET /much HTTP/1.1\r\nHost: it.example\r\n\r\n')
  await waitFor('the tenant to serve again', async () => (await request({ port: gateway.port, host: 'it.example', path: '/ok' })).status === 200)
  client.socket.resume()
  await client.end()
  await waitFor('the log', () => gateway.log().some(({ cutBy, path }) => cutBy === 'client' && path === '/much'))
})
