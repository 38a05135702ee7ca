import type { FastifyInstance } from 'fastify'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

const lateGraceMs = 1_000

/**
 * Keeps a stop from waiting for connections that nothing comes over any more. A request that was under way when it began keeps
 * its connection open for more: its answer has to say that it is the last one. And a connection without any request yet is
 * none of those that Node counts as idle, so that the server would wait for the request until it times out.
 */
export function closeAfterLastResponse (app: FastifyInstance): void {
  const silent = new Set<Socket>()
  const speaks = ({ socket }: IncomingMessage): void => { silent.delete(socket) }
  let stopping = false
  app.server.on('connection', (socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  app.server.on('request', speaks)
  app.server.on('upgrade', speaks)
  app.addHook('preClose', async () => {
    stopping = true
    hangUp()
    // One can still come between here and the end of listening.
    setTimeout(hangUp, lateGraceMs).unref()
  })
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close')
  })

  function hangUp (): void {
    for (const socket of silent) socket.destroy()
  }
}
