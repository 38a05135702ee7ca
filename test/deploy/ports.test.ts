import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { newEnvFile, parseEnvFile } from '../../deploy/env-file.ts'
import { explain, tryPort, wantedPorts } from '../../deploy/ports.ts'
import { resolveSettings } from '../../deploy/settings.ts'

t.test('every port has a setting that changes it', async t => {
  const wanted = wantedPorts(resolveSettings(parseEnvFile(newEnvFile(new Map())), new Map()))
  t.same(wanted.map(({ host, port, setting }) => `${setting} ${host}:${port}`), [
    'BERTH_GATEWAY_PORT 0.0.0.0:8080', 'BERTH_GATEWAY_ADMIN_PORT 127.0.0.1:7071', 'BERTH_API_PORT 127.0.0.1:7070',
    'BERTH_POSTGRES_PORT 127.0.0.1:7432', 'BERTH_REDIS_PORT 127.0.0.1:7379'
  ])
})

t.test('a refusal names the port, its use and the way out', async t => {
  const api = { host: '127.0.0.1', port: 7070, setting: 'BERTH_API_PORT', use: 'the API', service: 'provisioner' } as const
  t.equal(explain(api, 'taken'), 'Port 7070 on 127.0.0.1, wanted for the API, is taken (sudo ss -ltnp \'sport = :7070\' shows by what). ' +
    'Choose another with BERTH_API_PORT, for example: BERTH_API_PORT=8070 npm start')
  t.match(explain({ ...api, port: 80 }, 'privileged'), /sysctl net\.ipv4\.ip_unprivileged_port_start=80$/)
  t.match(explain(api, 'no-such-address'), /no address 127\.0\.0\.1\. Correct BERTH_API_HOST\.$/)
  t.match(explain({ ...api, port: 65000 }, 'taken'), /BERTH_API_PORT=64000 npm start$/)
})

t.test('a listener on any address takes the port', async t => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '0.0.0.0', resolve))
  const { port } = server.address() as AddressInfo
  t.equal(await tryPort('127.0.0.1', port), 'taken')
  await new Promise(resolve => server.close(resolve))
  t.equal(await tryPort('127.0.0.1', port), undefined)
  t.equal(await tryPort('198.51.100.1', port), 'no-such-address')
})
