import t from 'tap'
import { allowedMethods, undeclaredIn } from '../../../provisioner/api/route-table.ts'

const routes = [
  { url: '/v1/tenants', methods: ['GET', 'HEAD'] },
  { url: '/v1/tenants', methods: ['POST', 'GET'] },
  { url: '/v1/tenants/:tenant/logs', methods: ['GET'] },
  { url: '/openapi.json', methods: ['GET'] },
  { url: '/docs/*', methods: ['GET'] }
]
for (const [path, methods] of [
  ['/v1/tenants', ['GET', 'HEAD', 'POST']],
  ['/v1/tenants/', []],
  ['/v1/tenants/a', []],
  ['/v1/tenants/a/logs', ['GET']],
  ['/v1/tenants//logs', []],
  ['/v1/tenants/a/b/logs', []],
  ['/openapi.json', ['GET']],
  ['/openapixjson', []],
  ['/docs/static/a.js', ['GET']]
] as const) t.same(allowedMethods(routes, path), methods, path)

t.test('a route says who may use it', async t => {
  const route = { url: '/x', methods: ['POST'], config: {} }
  t.same(undeclaredIn(route), ['POST /x has no config.scope', 'POST /x has no config.action'])
  t.same(undeclaredIn({ ...route, config: { scope: 'operate' } }), ['POST /x has no config.action'])
  t.same(undeclaredIn({ ...route, config: { scope: 'operate', action: 'x.do' } }), [])
  t.same(undeclaredIn({ ...route, methods: ['GET', 'HEAD'], config: { scope: 'public' } }), [])
})
