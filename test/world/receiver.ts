import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { run } from '../../deploy/command.ts'
import { claimInstallation } from './network.ts'
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

/** A receiver of webhooks on a private address of this machine that is not loopback, where they never go: on a network of this installation's. */
export async function startReceiver (t: Teardown, installation: string): Promise<Receiver> {
  await claimInstallation(t, installation)
  await run('docker', ['network', 'create', '--label', `berth.installation=${installation}`, installation])
  const address = (await run('docker', ['network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', installation])).trim()
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
