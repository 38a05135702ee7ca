import t from 'tap'
import type { Test } from 'tap'
import { UpstreamConnection } from '../../gateway/upstream-connection.ts'
import type { UpstreamHandler, UpstreamKeeper } from '../../gateway/upstream-connection.ts'
import type { Waits } from '../../gateway/waits.ts'
import { waitFor } from '../world/wait-for.ts'
import { startRawOrigin } from './scene.ts'

const NEVER: Waits = { connect: 1e9, request: 1e9, response: 1e9, body: 1e9, client: 1e9 }

/** A connection, the clock and waits that it goes by, and what became of it. */
class Keeper implements UpstreamKeeper {
  now = 0
  waits = NEVER
  idle: UpstreamConnection[] = []
  gone = 0

  released (connection: UpstreamConnection): void {
    this.idle.push(connection)
  }

  closed (): void {
    this.gone++
  }
}

interface Asked {
  heads: number[]
  body: string
  ended: boolean
  errors: Error[]
}

/** Sends a GET; `parts` may say what the client does with each part of the answer. */
function ask (connection: UpstreamConnection, parts: Partial<UpstreamHandler> = {}): Asked {
  const asked: Asked = { heads: [], body: '', ended: false, errors: [] }
  connection.send('GET', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', false, {
    onHead: head => { asked.heads.push(head.status) },
    onBody: (bytes, start, end) => { asked.body += bytes.toString('latin1', start, end) },
    onEnd: () => { asked.ended = true },
    onError: cause => { asked.errors.push(cause) },
    onConnect: () => {},
    onPause: () => {},
    onDrain: () => {},
    onUpgrade: () => {},
    ...parts
  })
  return asked
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

async function connectionTo (t: Test, answer: string | null) {
  const tenant = await startRawOrigin(t, socket => { socket.on('data', () => { if (answer !== null) socket.write(answer) }) })
  const keeper = new Keeper()
  const connection = new UpstreamConnection('127.0.0.1', tenant.port, keeper, false)
  t.teardown(() => { connection.abort() })
  return { tenant, keeper, connection }
}

t.test('one that was paused by the last part of an answer reads the next answer', async t => {
  const { tenant, keeper, connection } = await connectionTo(t, OK)
  ask(connection, { onBody: () => { connection.pause() } })
  await waitFor('the end of the answer', () => keeper.idle.length === 1)
  const second = ask(connection)
  await waitFor('the second answer', () => second.ended)
  t.equal(second.body, 'ok')
  t.equal(tenant.sockets.length, 1)
})

t.test('one that is paused is told apart from one that is idle, and goes on where it stopped', async t => {
  const { tenant, keeper, connection } = await connectionTo(t, null)
  const asked = ask(connection, { onBody: (bytes, start, end) => { connection.pause(); asked.body += bytes.toString('latin1', start, end) } })
  const socket = await waitFor('the tenant', () => tenant.sockets[0])
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab')
  await waitFor('the first half', () => asked.body === 'ab')
  socket.write('cd')
  connection.resume()
  await waitFor('the end', () => asked.ended)
  t.equal(asked.body, 'abcd')
  t.equal(keeper.idle.length, 1)
})

t.test('each request waits as long as it was said when it was sent', async t => {
  const { keeper, connection } = await connectionTo(t, OK)
  ask(connection)
  await waitFor('the answer', () => keeper.idle.length === 1)
  keeper.waits = { ...NEVER, response: 100 }
  const second = ask(connection, { onHead: () => {} })
  keeper.waits = NEVER
  keeper.now = 99
  connection.check()
  t.strictSame(second.errors, [])
  keeper.now = 100
  connection.check()
  t.match(second.errors, [{ name: 'WaitedTooLong', wait: 'response' }])
  await waitFor('its end', () => keeper.gone === 1)
})
