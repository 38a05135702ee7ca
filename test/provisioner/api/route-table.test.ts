import t from 'tap'
import { allowedMethods } from '../../../provisioner/api/route-table.ts'

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
