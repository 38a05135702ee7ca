import { once } from 'node:events'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { Agent, request as send } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { Test } from 'tap'
import type { Hostname } from '../../gateway/hostname.ts'
import { formatSnapshot } from '../../gateway/route-snapshot.ts'
import { spawnGateway, startGateway } from '../world/gateway.ts'
import { freePort } from '../world/ports.ts'
import { waitFor } from '../world/wait-for.ts'
import { routeTo, startOrigin } from './scene.ts'

async function settle (t: Test, workers: string) {
  const dir = t.testdir()
  const files = { snapshot: join(dir, 'routes'), trusted: join(dir, 'trusted'), pages: join(dir, 'pages') }
  const origin = await startOrigin(t, (incoming, answer) => { answer.end(String(incoming.headers['x-forwarded-proto'])) })
  writeFileSync(files.snapshot, [...formatSnapshot([['a.example' as Hostname, routeTo(origin.port)]])].join(''))
  writeFileSync(files.trusted, '# nobody yet\n')
  mkdirSync(files.pages)
  const redis = { host: '127.0.0.1', port: await freePort(), password: 'none' }
  const gateway = await startGateway(t, {
    redis,
    env: { BERTH_GATEWAY_WORKERS: workers, BERTH_GATEWAY_SNAPSHOT_FILE: files.snapshot, BERTH_TRUSTED_PROXIES_FILE: files.trusted, BERTH_ERROR_PAGES_DIR: files.pages }
  })
  const sockets = new Set<unknown>()
  /** All on one connection, unless that is lost. */
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => { agent.destroy() })
  const ask = async (host: string) => {
    const outgoing = send({ host: '127.0.0.1', port: gateway.port, agent, headers: { host, accept: 'text/html', 'x-forwarded-proto': 'https' } }).end()
    const [answer] = await once(outgoing, 'response') as [IncomingMessage]
    sockets.add(outgoing.socket)
    return await text(answer)
  }
  return { gateway, files, ask, sockets }
}

/** What somebody else writes comes whole. */
function replace (file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

for (const workers of ['1', '2']) {
  t.test(`trusted proxies and error pages change under a connection that stays (workers: ${workers})`, async t => {
    const { gateway, files, ask, sockets } = await settle(t, workers)
    t.equal(await ask('a.example'), 'http')
    replace(files.trusted, '127.0.0.0/8 # this machine\n')
    await waitFor('the new list', async () => await ask('a.example') === 'https')

    replace(files.trusted, '127.0.0.0/8\nnonsense\n')
    const broken = await waitFor('the log', () => gateway.log().find(({ msg }) => msg === 'Cannot be read, what was known stays'))
    t.match(broken, { level: 50, what: 'trusted proxies', reason: /trusted, line 2: "nonsense"/ })
    t.equal(await ask('a.example'), 'https', 'the old list holds')

    t.match(await ask('a.example:99999'), /<title>400 Bad host<\/title>/)
    writeFileSync(join(files.pages, '400.html'), '<p>{{title}} of ours</p>')
    gateway.signal('SIGHUP')
    await waitFor('the page', async () => await ask('a.example:99999') === '<p>Bad host of ours</p>')
    t.equal(sockets.size, 1, 'no connection was dropped')
    t.equal(await gateway.stop(), 0)
  })

  t.test(`a list that is malformed stops the start (workers: ${workers})`, async t => {
    const file = join(t.testdir(), 'trusted')
    writeFileSync(file, '10.0.0.1\n10.0.0.300\n')
    const redis = { host: '127.0.0.1', port: await freePort(), password: 'none' }
    const gateway = await spawnGateway(t, { redis, env: { BERTH_GATEWAY_WORKERS: workers, BERTH_TRUSTED_PROXIES_FILE: file } })
    t.equal(await gateway.ended(), 1)
    t.match(gateway.log().find(({ msg }) => msg === 'Gateway cannot start'), { err: { message: /trusted, line 2: "10\.0\.0\.300"/ } })
  })
}
