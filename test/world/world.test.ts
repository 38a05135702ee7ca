import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { run } from '../../deploy/command.ts'
import { request } from './http.ts'
import { claimInstallation, ensureTenantNetwork, removeInstallation } from './network.ts'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { waitFor } from './wait-for.ts'

const installation = 'bt-world'
const tenantSubnet = '10.213.240.0/20'

t.test('waitFor returns the first answer and names what never came', async t => {
  let asked = 0
  t.equal(await waitFor('three', () => ++asked === 3 && 'third', { intervalMs: 1 }), 'third')
  await t.rejects(waitFor('Godot', () => { throw new Error('no') }, { timeoutMs: 5, intervalMs: 1 }),
    { message: 'Waited 5 ms for Godot', cause: { message: 'no' } })
})

t.test('request sends the Host it is told and JSON bodies', async t => {
  const server = createServer((incoming, answer) => {
    incoming.on('data', data => answer.end(JSON.stringify([incoming.method, incoming.headers.host, JSON.parse(String(data))])))
  })
  t.teardown(() => server.close())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const answer = await request({ port, host: 'a.localhost', method: 'POST', body: { one: 1 } })
  t.same([answer.status, answer.json()], [200, ['POST', 'a.localhost', { one: 1 }]])
})

t.test('services on the engine', async t => {
  await claimInstallation(t, installation)
  t.equal(await ensureTenantNetwork(installation, tenantSubnet), 'created')
  t.equal(await ensureTenantNetwork(installation, tenantSubnet), 'present')

  const redis = await startRedis(t, { installation })
  await redis.flushall()
  await redis.stop()
  await t.rejects(redis.flushall())
  await redis.start()
  await redis.flushall()

  const postgres = await startPostgres(t, { installation, tenantSubnet, listen: ['127.0.0.1', '10.213.240.1'] })
  await postgres.admin('CREATE TABLE kept (n int)')
  await postgres.restart()
  t.equal((await postgres.admin('SELECT $1::int AS n FROM kept RIGHT JOIN (SELECT) AS one ON true', [7])).rows[0].n, 7)
  const inside = await run('docker', ['inspect', '--format', '{{.HostConfig.ReadonlyRootfs}}', postgres.containerId])
  t.equal(inside.trim(), 'true')

  await removeInstallation(installation)
  t.equal(await run('docker', ['ps', '-aq', '--filter', `label=berth.installation=${installation}`]), '')
  t.equal(await run('docker', ['network', 'ls', '-q', '--filter', `label=berth.installation=${installation}`]), '')
})
