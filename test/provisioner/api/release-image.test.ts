import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import { imageCheck } from '../../../provisioner/api/release-image.ts'
import { openEngine } from '../../../provisioner/resources/engine.ts'
import { waitFor } from '../../world/wait-for.ts'

t.test('a registry that does not answer in time', async t => {
  const closing = new AbortController()
  const calls: Socket[] = []
  // A registry on loopback needs no TLS; this one takes connections and says nothing until it is told to hang up.
  const registry = createServer(socket => { calls.push(socket.on('error', () => {})) })
  await new Promise<void>(resolve => registry.listen(0, '127.0.0.1', resolve))
  t.teardown(() => { registry.close(); for (const call of calls) call.destroy(); closing.abort() })
  const image = `127.0.0.1:${(registry.address() as AddressInfo).port}/slow:1`
  const check = imageCheck(openEngine('/var/run/docker.sock', 'bt-image'), closing.signal, 500)
  await t.rejects(check(image), { code: 'image_pending', status: 503 })
  await waitFor('the engine to ask', () => calls.length > 0)

  registry.close()
  for (const call of calls) call.destroy()
  await waitFor('the pull to be known to fail', async () => (await check(image).catch((err: { code: string }) => err.code)) === 'image_not_found')
})
