import t from 'tap'
import { startApi } from './api-world.ts'

const { call, release, tenant, settle, pool } = await startApi(t, 'bt-api-life')
const id = await tenant('acme')
await release('2.0')

const post = async (action: string, body?: object) => await call('POST', `/v1/tenants/acme/${action}`, { body })
const wants = async () => (await pool.query('SELECT wanted, restarts, release, release_pinned AS pinned, failure FROM tenants')).rows[0]
const dueBefore = async () => (await pool.query<{ requests: number }>('SELECT requests FROM work')).rows[0]?.requests

t.test('the tenants that never served moved to the newest release', async t => {
  t.match(await wants(), { release: '2.0', pinned: false })
  t.match((await call('GET', '/v1/tenants/acme')).json(), { release: '2.0', generation: 2 })
  await settle(id)
})

t.test('suspend and resume change something once', async t => {
  for (const [action, status, generation, wanted] of [
    ['resume', 200, 2, 'running'], ['suspend', 202, 3, 'suspended'], ['suspend', 202, 3, 'suspended'], ['resume', 202, 4, 'running'], ['suspend', 202, 5, 'suspended']
  ] as const) {
    const answer = await post(action)
    t.match([answer.status, answer.json(), await wants()], [status, { generation }, { wanted }], `${action} → ${generation}`)
  }
  await settle(id)
  const settled = await post('suspend')
  t.match([settled.status, settled.json()], [200, { status: 'suspended' }])
  t.equal(settled.headers.location, undefined)
})

t.test('a suspended tenant is deployed, not restarted', async t => {
  const restart = await post('restart')
  t.match([restart.status, restart.json()], [409, { code: 'tenant_suspended' }])
  const deploy = await post('deploy', { release: '1.0' })
  t.match([deploy.status, deploy.json(), await wants()], [202, { release: '1.0', generation: 6 }, { wanted: 'suspended', release: '1.0', pinned: true }])
  await post('resume')
})

t.test('every restart is a new one', async t => {
  const before = await dueBefore() as number
  for (const restarts of [1, 2]) {
    t.equal((await post('restart')).status, 202)
    t.match(await wants(), { restarts })
  }
  t.equal(await dueBefore(), before + 2, 'each asks for a look at the tenant')
})

t.test('a deploy ends a failure, also of the same release', async t => {
  await pool.query('UPDATE tenants SET failure = $1, observed_generation = generation, ready_at = now()', [{ condition: 'Migrated', reason: 'R', message: 'm', attempts: 1, retryAt: null }])
  t.match((await call('GET', '/v1/tenants/acme')).json(), { status: 'degraded' })
  t.match((await post('deploy', { release: '1.0' })).json(), { status: 'provisioning', release: '1.0' })
  t.match(await wants(), { failure: null })
})

t.test('a pinned tenant stays where it is', async t => {
  await release('3.0')
  t.match(await wants(), { release: '1.0' })
})

t.test('the events tell what was asked for, once for each time that it changed something', async t => {
  const story = await tenant('story', { domains: ['first.example.com'], release: '1.0' })
  const asked: Array<[string, string, object | undefined]> = [
    ['PATCH', '', { name: 'Story', env: { A: 'secret' } }], ['PATCH', '', { name: 'Story' }], ['POST', '/domains', { host: 'second.example.com' }],
    ['POST', '/domains', { host: 'second.example.com', primary: true }], ['DELETE', '/domains/first.example.com', undefined], ['POST', '/suspend', undefined],
    ['POST', '/suspend', undefined], ['POST', '/resume', undefined], ['POST', '/restart', undefined], ['POST', '/deploy', { release: '2.0' }], ['POST', '/deploy', { release: '9.9' }],
    ['DELETE', '', undefined], ['DELETE', '', undefined]
  ]
  for (const [method, path, body] of asked) await call(method, `/v1/tenants/${story}${path}`, { body })
  const { items } = (await call('GET', `/v1/tenants/${story}/events`)).json<{ items: Array<{ reason: string, data: unknown }> }>()
  t.same(items.map(({ reason }) => reason).reverse(), ['CreationRequested', 'ChangeRequested', 'DomainAdded', 'PrimaryDomainChanged', 'DomainRemoved', 'SuspendRequested',
    'ResumeRequested', 'RestartRequested', 'DeployRequested', 'DeletionRequested'])
  t.match(items.find(({ reason }) => reason === 'DeployRequested'), { data: { from: '1.0', to: '2.0' } })
  t.notMatch(JSON.stringify(items), 'secret')
  const moved = (await call('GET', `/v1/tenants/${id}/events`)).json<{ items: Array<{ reason: string }> }>().items.map(({ reason }) => reason)
  t.equal(moved.filter(reason => reason === 'ReleaseAdopted').length, 1)
})
