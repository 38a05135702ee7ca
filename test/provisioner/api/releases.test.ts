import t from 'tap'
import { startApi } from './api-world.ts'

interface Page { items: Array<{ version: string }>, nextCursor: string | null }

const { call } = await startApi(t, 'bt-api-releases')

t.test('a release with everything', async t => {
  const body = {
    version: '2.0-rc.1_a',
    image: 'registry.example.com:5000/shop/app@sha256:0123',
    port: 8000,
    healthPath: '/healthz?full=1',
    migrate: ['node', 'migrate.js'],
    env: { A: '{{tenant.url}}' },
    resources: { memoryBytes: 2 ** 29, cpus: 0.5, pids: 100 },
    volume: true
  }
  const answer = await call('POST', '/v1/releases', { body })
  t.match([answer.status, answer.headers.location, answer.json()], [201, '/v1/releases/2.0-rc.1_a', { ...body, createdAt: /Z$/ }])
  t.same((await call('GET', '/v1/releases/2.0-rc.1_a')).json(), answer.json())
})

t.test('what a release need not say', async t => {
  t.match((await call('GET', '/v1/releases/1.0')).json(), { port: 3000, healthPath: '/', migrate: null, env: {}, resources: {}, volume: false })
})

t.test('a command in one string is run by a shell', async t => {
  const answer = await call('POST', '/v1/releases', { body: { version: '3.0', image: 'app', migrate: 'node migrate.js && echo "done"' } })
  t.match(answer.json(), { migrate: ['/bin/sh', '-c', 'node migrate.js && echo "done"'] })
})

t.test('the list is newest first', async t => {
  const first = (await call('GET', '/v1/releases?limit=2')).json<Page>()
  t.same(first.items.map(item => item.version), ['3.0', '2.0-rc.1_a'])
  const second = (await call('GET', `/v1/releases?limit=2&cursor=${first.nextCursor as string}`)).json<Page>()
  t.same([second.items.map(item => item.version), second.nextCursor], [['1.0'], null])
})
