// What a tenant answers, from the ordinary to the hostile: RFC 9112 §4 to §9, RFC 9110 §15.
import t from 'tap'
import { waitFor } from '../../world/wait-for.ts'
import { fieldOf, statusOf } from './message.ts'
import type { Message } from './message.ts'
import { RESPONSES, STRAY } from './responses.ts'
import type { Sight } from './responses.ts'
import { isProblem } from './verdict.ts'
import { setWire } from './wire.ts'

t.test('what a tenant answers', async t => {
  const wire = await setWire(t)
  const { tenant } = wire

  for (const { what, bytes, sees, method = 'GET', ends = false, stray = false } of RESPONSES) {
    for (const pieces of sees !== undefined && bytes.length < 400 ? ['whole', 'byte by byte'] as const : ['whole'] as const) {
      await t.test(`${what}, ${pieces}`, async t => {
        tenant.forget()
        let told = false
        tenant.answer = (_request, { socket }) => {
          // Once: what the gateway asks again would be sent twice.
          if (told) return 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext'
          told = true
          const parts = pieces === 'whole' ? [bytes] : Array.from(bytes, byte => Buffer.from([byte]))
          const write = (i: number) => {
            if (i < parts.length) socket.write(parts[i] as Buffer, () => { setImmediate(write, i + 1) })
            else if (ends) socket.end()
          }
          write(0)
          return undefined
        }
        const client = await wire.client()
        client.send(wire.get([], `${method} /it HTTP/1.1`))
        const answer = (await client.responses(1, [method])).find(message => statusOf(message) >= 200)
        const seen = sight(answer)
        if (sees !== undefined) t.ok(sees.some(sight => JSON.stringify(sight) === JSON.stringify(seen)), `the client saw ${JSON.stringify(seen)}, may see ${JSON.stringify(sees)}`)
        if (seen === 'bad gateway') isProblem(t, answer as Message)
        if (seen === 'cut') t.not(client.ending(), 'open', 'the connection has ended')
        client.socket.destroy()
        t.equal(tenant.take().length, 1, 'it was asked once')

        const [first] = tenant.connections.slice(-1)
        const next = await wire.ask(wire.get([], 'GET /next HTTP/1.1'))
        t.equal(next.body, 'next', 'the next request has an answer of its own')
        if (stray) t.not(tenant.connections.at(-1), first, 'on a connection of its own')
        t.strictSame(tenant.take().map(({ start }) => start), ['GET /next HTTP/1.1'])
      })
    }
  }

  function sight (answer: Message | undefined): Sight {
    if (answer === undefined) return 'cut'
    return statusOf(answer) === 502 && fieldOf(answer, 'content-type') === 'application/problem+json' ? 'bad gateway' : { status: statusOf(answer), body: answer.body }
  }

  await t.test('headers that never end', async t => {
    tenant.answer = (_request, { socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const write = () => { if (!socket.destroyed) socket.write('X: 1\r\n'.repeat(1000), () => { setImmediate(write) }) }
      write()
      return undefined
    }
    const answer = await wire.ask(wire.get())
    t.equal(statusOf(answer), 502)
    await waitFor('the tenant to be let go', () => tenant.connections.at(-1)?.ended)
  })

  await t.test('bytes that nobody asked for, on a connection that waits', async t => {
    tenant.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    await wire.ask(wire.get())
    const idle = tenant.connections.find(({ ended }) => !ended)
    if (idle === undefined) return t.fail('no connection is kept')
    idle.socket.write(STRAY)
    await waitFor('that connection to be ended', () => idle.ended)
    for (let i = 0; i < 5; i++) t.equal((await wire.ask(wire.get())).body, 'ok')
  })

  await t.test('a connection that the tenant ends while it waits is not used again', async t => {
    tenant.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    for (let i = 0; i < 20; i++) {
      const answer = await wire.ask(wire.get())
      t.equal(answer.body, 'ok')
      const open = tenant.connections.filter(({ ended }) => !ended)
      for (const { socket } of open) socket.end()
      await waitFor('the gateway to end it too', () => open.every(({ ended }) => ended))
    }
  })

  await t.test('an answer to a body that is not through yet', async t => {
    tenant.answer = () => undefined
    const client = await wire.client()
    client.send(`${wire.get(['Content-Length: 10'], 'POST /it HTTP/1.1')}half`)
    const early = await waitFor('the half of it', () => tenant.halfway()[0])
    early.socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig')
    const [answer] = await client.responses()
    t.strictSame([statusOf(answer as Message), answer?.body], [413, 'big'])
    client.send('-other' + wire.get([], 'GET /next HTTP/1.1'))
    tenant.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext'
    const [, next] = await client.responses(2)
    // Either is good order: the rest is read and dropped, or the connection has ended.
    t.ok(next === undefined ? client.ending() !== 'open' : next.body === 'next')
    t.ok(early.ended || early.received.endsWith('half-other'), 'and the tenant is not left with half of it')
  })
})
