import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Teardown } from '../../world/teardown.ts'
import { waitFor } from '../../world/wait-for.ts'
import { readResponses, statusOf } from './message.ts'
import type { Message } from './message.ts'

/** A client that is nothing but a socket. */
export interface RawClient {
  socket: Socket
  /** All bytes that have come, latin1. */
  received: () => string
  /** How the gateway ended the connection, if it did. */
  ending: () => 'open' | 'end' | 'reset'
  send: (bytes: string | Buffer) => void
  /** Waits for so many final responses; interim ones are among what it gives. */
  responses: (count?: number, methods?: readonly string[]) => Promise<Message[]>
  /** Waits until the gateway has ended the connection; gives the whole responses that came before. */
  end: (methods?: readonly string[]) => Promise<Message[]>
}

const WAIT = { timeoutMs: 5000, intervalMs: 2 }

export async function openRawClient (t: Teardown, port: number, localAddress?: string): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true, ...(localAddress === undefined ? {} : { localAddress }) })
  let received = ''
  let ending: 'open' | 'end' | 'reset' = 'open'
  socket.on('error', () => { if (ending === 'open') ending = 'reset' })
  socket.on('end', () => { ending = 'end' })
  socket.on('data', chunk => { received += chunk.toString('latin1') })
  t.teardown(() => { socket.destroy() })
  await once(socket, 'connect')
  const read = (methods: readonly string[]) => readResponses(received, methods, ending === 'end').responses
  // What cannot be read gets no better by waiting: the read behind the wait then says why.
  const isClean = (methods: readonly string[]) => {
    try {
      read(methods)
      return true
    } catch {
      return false
    }
  }
  return {
    socket,
    received: () => received,
    ending: () => ending,
    send: bytes => { socket.write(bytes, 'latin1') },
    responses: async (count = 1, methods = []) => {
      await waitFor(`${count} responses`, () => ending !== 'open' || !isClean(methods) || read(methods).filter(message => statusOf(message) >= 200).length >= count, WAIT)
      return read(methods)
    },
    end: async (methods = []) => {
      await waitFor('the end of the connection', () => ending !== 'open', WAIT)
      return read(methods)
    }
  }
}
