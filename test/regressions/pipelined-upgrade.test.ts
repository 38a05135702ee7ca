// A WebSocket handshake pipelined behind a request that is not answered yet ended the whole gateway.
import t from 'tap'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setScene } from '../gateway/scene.ts'

const UPGRADE = 'GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'

t.test('an upgrade behind an unanswered request costs its own connection only', async t => {
  const { gateway, ask } = await setScene(t, 'bt-gwpipelined')
  for (const first of ['GET / HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1\r\nHost: unknown.example\r\n\r\n']) {
    const socket = connect(gateway.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.resume()
    socket.write(first + UPGRADE)
    await once(socket, 'close')
    t.equal((await ask('unknown.example')).status, 404, 'the gateway still answers')
  }
  t.notOk(gateway.log().some(({ level }) => level === 60), 'and nothing failed')
})
