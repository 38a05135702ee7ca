import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Teardown } from './teardown.ts'

export interface Received { path: string, headers: IncomingHttpHeaders, body: string }

export interface Receiver {
  url: string
  /** The network that webhooks have to be let into to reach it. */
  network: string
  received: Received[]
  /** How the next requests are answered. */
  answer: (how: (response: ServerResponse, request: Received) => void) => void
}

/** A receiver of webhooks on an address of this machine that is not loopback, which they never go to. */
export async function startReceiver (t: Teardown): Promise<Receiver> {
  const address = privateAddress()
  const received: Received[] = []
  let answer = (response: ServerResponse, _request: Received): void => { response.end('thanks') }
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => { body += chunk }).on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body }
      received.push(one)
      answer(response, one)
    })
  })
  server.listen(0, address)
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://${address}:${(server.address() as AddressInfo).port}/hook?a=b`, network: `${address}/32`, received, answer: how => { answer = how }
  }
}

/** The engine's own bridge where there is one: networks of other tests come and go. */
function privateAddress (): string {
  const { docker0 = [], ...others } = networkInterfaces()
  const found = [...docker0, ...Object.values(others).flatMap(addresses => addresses ?? [])].find(({ family, address }) => family === 'IPv4' && /^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(address))
  if (found === undefined) throw new Error('This machine has no private address.')
  return found.address
}
