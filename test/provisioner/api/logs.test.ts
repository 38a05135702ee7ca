import { randomBytes } from 'node:crypto'
import t from 'tap'
import { reserveInstance } from '../../../provisioner/tenants/instance-store.ts'
import { run } from '../../../deploy/command.ts'
import { waitFor } from '../../world/wait-for.ts'
import { startApi } from './api-world.ts'

const installation = 'bt-api-logs'
const { app, call, stream, tenant, pool, config } = await startApi(t, installation)
const id = await tenant('acme')

/** An instance as the reconciler would have it, of a container that runs a script. */
async function instance (script: string | null): Promise<string> {
  const name = `${installation}-${id}-${randomBytes(4).toString('hex')}`
  await reserveInstance(pool, config.tenantSubnet, id, { name, release: '1.0', specHash: 'x', port: 3000, recipe: null })
  if (script !== null) {
    await run('docker', ['run', '--detach', '--init', '--name', name, '--network', 'none', '--label', `berth.installation=${installation}`, '--label', `berth.tenant=${id}`,
      'berth-base', 'bash', '-c', script])
  }
  return name
}

t.test('without a container there is nothing to read', async t => {
  t.match((await call('GET', '/v1/tenants/acme/logs')).json(), { status: 409, code: 'no_instance' })
  await instance(null)
  t.match((await call('GET', '/v1/tenants/acme/logs')).json(), { status: 409, code: 'no_instance' }, 'reserved, not made')
})

t.test('both outputs of the newest container, with the time of each line', async t => {
  await instance('echo of the old one')
  const name = await instance('for n in $(seq 300); do echo "line $n"; done; echo "on error: é" >&2')
  await run('docker', ['wait', name])
  const answer = await call('GET', '/v1/tenants/acme/logs')
  t.match([answer.status, answer.headers['content-type'], answer.headers['x-berth-instance']], [200, 'text/plain; charset=utf-8', name])
  t.match(answer.headers['x-request-id'], /^[0-9a-f-]{36}$/)
  const lines = answer.text.trimEnd().split('\n')
  t.equal(lines.length, 200)
  t.match(lines.at(-1), /^\d{4}-\d\d-\d\dT[\d:.]+Z (line 300|on error: é)$/)
  t.notMatch(answer.text, 'old one')

  t.equal((await call('GET', `/v1/tenants/${id}/logs?tail=3`)).text.trimEnd().split('\n').length, 3)
  t.equal((await call('GET', '/v1/tenants/acme/logs?tail=10000&follow=false')).text.trimEnd().split('\n').length, 301)
  t.equal((await call('GET', '/v1/tenants/acme/logs?tail=0')).text, '')

  const followed = await stream('/v1/tenants/acme/logs?follow=true&tail=1')
  t.equal(await followed.ended, true, 'a container that ended is followed to its end')

  await instance(null)
  t.equal((await call('GET', '/v1/tenants/acme/logs')).headers['x-berth-instance'], name, 'until the next one has a container')
})

t.test('what comes is followed', async t => {
  const name = await instance('while read -r line < <(sleep 0.05; echo go); do echo "tick"; done; sleep 600')
  const followed = await stream('/v1/tenants/acme/logs?follow=true')
  t.equal(followed.headers['x-berth-instance'], name)
  await waitFor('some lines', () => followed.text().split('tick').length > 3)
  followed.leave()
  await followed.ended
})

t.test('a silent one answers at once, and closing ends it', async t => {
  await instance('sleep 600')
  const silent = await stream('/v1/tenants/acme/logs?follow=true')
  t.equal(silent.status, 200)
  await app.close()
  t.equal(await silent.ended, true)
})
