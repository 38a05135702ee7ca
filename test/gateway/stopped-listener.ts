import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Teardown } from '../world/teardown.ts'
import { waitFor } from '../world/wait-for.ts'

const LISTEN = "const s = require('net').createServer(); s.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))"

/**
 * A port on which the kernel drops every SYN, as the way to a dead machine does: it is listened to by a process that is
 * stopped, behind a backlog that is full. No address of the outside world is as reliable.
 */
export async function startStoppedListener (t: Teardown): Promise<number> {
  const child = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => { child.kill('SIGKILL') })
  const port = Number(String((await once(child.stdout, 'data'))[0]))
  child.kill('SIGSTOP')
  const sockets: Socket[] = []
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  await waitFor('the backlog to be full', async () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    sockets.push(socket)
    return await Promise.race([once(socket, 'connect').then(() => false), new Promise<true>(resolve => { setTimeout(() => { resolve(true) }, 200) })])
  })
  return port
}
