import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { run } from '../../deploy/command.ts'
import { request } from './http.ts'
import { claimInstallation } from './network.ts'
import type { Teardown } from './teardown.ts'
import { waitFor } from './wait-for.ts'

export interface Received { path: string, headers: IncomingHttpHeaders, body: string }

export interface Receiver {
  url: string
  /** The network that webhooks have to be let into to reach it. */
  network: string
  /** An address of this machine on that network. */
  gateway: string
  received: Received[]
  /** How the next requests are answered. */
  answer: (how: (response: ServerResponse, request: Received) => void) => void
}

const INSIDE_PORT = 8080
/** Hands each connection on, and ends it when the other side does. */
const HAND_ON = `require('node:net').createServer(from => {
  const to = require('node:net').connect(Number(process.argv[2]), process.argv[1])
  require('node:stream').pipeline(from, to, from, () => {})
}).listen(${INSIDE_PORT})`

/**
 * A receiver of webhooks on a private address that is neither loopback nor another of this machine's, where they never go: a container on a network of this installation's
 * hands on what comes to it.
 */
export async function startReceiver (t: Teardown, installation: string): Promise<Receiver> {
  await claimInstallation(t, installation)
  const label = `berth.installation=${installation}`
  await run('docker', ['network', 'create', '--label', label, installation])
  const [gateway, network] = (await run('docker', ['network', 'inspect', '--format', '{{with index .IPAM.Config 0}}{{.Gateway}} {{.Subnet}}{{end}}', installation])).trim().split(' ') as [string, string]
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
  server.listen(0, gateway)
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const id = (await run('docker', [
    'run', '--detach', '--network', installation, '--label', label, '--read-only', '--cap-drop', 'ALL', 'berth:latest', 'node', '-e', HAND_ON, gateway, String((server.address() as AddressInfo).port)
  ])).trim()
  const address = (await run('docker', ['inspect', '--format', `{{(index .NetworkSettings.Networks "${installation}").IPAddress}}`, id])).trim()
  await waitFor('the receiver', async () => await request({ host: 'receiver.test', address, port: INSIDE_PORT, path: '/' }))
  received.length = 0
  return { url: `http://${address}:${INSIDE_PORT}/hook?a=b`, network, gateway, received, answer: how => { answer = how } }
}
