import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import type { Teardown } from '../../world/teardown.ts'
import { waitFor } from '../../world/wait-for.ts'
import { readRequests } from './message.ts'
import type { Message } from './message.ts'

/** One connection that the gateway opened. */
export interface TenantConnection {
  socket: Socket
  /** All bytes of it, latin1. */
  received: string
  /** The beginning of a request that is not whole yet. */
  rest: string
  /** The other side has ended or reset it. */
  ended: boolean
}

/** What the tenant does with a request that has arrived whole: bytes for an answer, or nothing and the test goes on by itself. */
export type Answer = (request: Message, connection: TenantConnection) => string | undefined

/** A tenant's application that is nothing but a socket: it keeps what it gets and says what it is told to. */
export interface RawTenant {
  port: number
  connections: TenantConnection[]
  /** Called for each whole request. `echoTarget` unless the test says otherwise. */
  answer: Answer
  /** Where it is set it gets the bytes as they come, and nothing is kept or read of them. */
  bytes: ((bytes: Buffer, connection: TenantConnection) => void) | undefined
  /** The requests since the last call, in the order in which they were whole. Throws when one was not clean HTTP/1.1. */
  take: () => Message[]
  /** Lets go of what has come, whole, half or not clean, so that what one test left does not fail the next. */
  forget: () => void
  /** Waits until so many requests have come since the last `take`, and takes them. */
  next: (count?: number) => Promise<Message[]>
  /** The connections on which part of a request has come and the rest may still. */
  halfway: () => TenantConnection[]
}

/** 200, and the request target for a body: tells which answer belongs to which request. */
export const echoTarget: Answer = ({ start }) => {
  const target = start.split(' ')[1] as string
  return `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${start.startsWith('HEAD ') ? '' : target}`
}

export async function startRawTenant (t: Teardown): Promise<RawTenant> {
  let requests: Message[] = []
  const faults: unknown[] = []
  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    const connection: TenantConnection = { socket, received: '', rest: '', ended: false }
    tenant.connections.push(connection)
    socket.on('error', () => {})
    socket.on('end', () => { connection.ended = true })
    socket.on('close', () => { connection.ended = true })
    socket.on('data', (chunk: Buffer) => {
      if (tenant.bytes !== undefined) {
        tenant.bytes(chunk, connection)
        return
      }
      const bytes = chunk.toString('latin1')
      connection.received += bytes
      try {
        const read = readRequests(connection.rest + bytes)
        connection.rest = read.rest
        for (const request of read.requests) {
          requests.push(request)
          const answer = tenant.answer(request, connection)
          if (answer !== undefined) socket.write(answer, 'latin1')
        }
      } catch (error) {
        faults.push(error)
        socket.destroy()
      }
    })
  })
  const tenant: RawTenant = {
    port: 0,
    connections: [],
    answer: echoTarget,
    bytes: undefined,
    take: () => {
      if (faults.length > 0) throw new Error('The tenant got what is not clean HTTP/1.1', { cause: faults.splice(0)[0] })
      const taken = requests
      requests = []
      return taken
    },
    forget: () => {
      for (const { socket } of tenant.halfway()) socket.destroy()
      requests = []
      faults.length = 0
    },
    next: async (count = 1) => {
      await waitFor(`${count} requests at the tenant`, () => requests.length >= count || faults.length > 0, { timeoutMs: 5000, intervalMs: 2 })
      return tenant.take()
    },
    halfway: () => tenant.connections.filter(({ ended, rest }) => !ended && rest !== '')
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  tenant.port = (server.address() as AddressInfo).port
  t.teardown(() => {
    server.close()
    for (const { socket } of tenant.connections) socket.destroy()
  })
  return tenant
}
