import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import t from 'tap'
import { PROBLEMS } from '../../../provisioner/errors.ts'
import { request } from '../../world/http.ts'
import { startApi } from './api-world.ts'

type Schema = Record<string, unknown>
interface Media { schema: Schema, example?: unknown, examples?: Record<string, { value: { code: string } }> }
interface Operation { operationId?: string, summary?: string, tags?: string[], parameters?: Array<{ name: string, in: string }>, responses: Record<string, { description?: string, content?: Record<string, Media> }>, requestBody?: { content: Record<string, Media> } }
interface Document { openapi: string, paths: Record<string, Record<string, Operation>>, components: { schemas: Record<string, Schema> }, security: object[], tags: Array<{ name: string }> }

const { call, config, logged, tenant } = await startApi(t, 'bt-api-routes')
const port = config.api.port
const document = (await request({ port, path: '/openapi.json' })).json<Document>()
const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))

t.test('what machines and people need before they have it does not', async t => {
  for (const [path, type] of [
    ['/healthz', /json/], ['/readyz', /json/], ['/metrics', /text\/plain/], ['/openapi.json', /json/], ['/docs', /html/], ['/docs/static/swagger-ui-bundle.js', /javascript/]
  ] as const) {
    const answer = await request({ port, path })
    t.match([answer.status, answer.headers['content-type']], [200, type], path)
  }
  const page = await request({ port, path: '/docs/' })
  t.match(page.headers['content-security-policy'], /default-src 'self'/)
  t.notMatch(page.text, /(?:src|href)="https?:/, 'nothing from elsewhere')
})

t.test('the OpenAPI document has everything', async t => {
  t.equal(document.openapi, '3.1.0')
  t.same(document.security, [{ token: [] }, { session: [] }])
  const tags = document.tags.map(tag => tag.name)
  t.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length, 'each operation has an id of its own')
  for (const { path, method, operation } of operations) {
    const name = `${method} ${path}`
    t.match(path, /^\/v1\//, name)
    t.ok(operation.summary, `${name} has a summary`)
    t.ok(operation.tags?.every(tag => tags.includes(tag)), `${name} has known tags`)
    const declared = operation.parameters?.filter(parameter => parameter.in === 'path').map(parameter => parameter.name) ?? []
    t.same(declared, [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1]), `${name} declares the parameters of its path`)
    t.ok(Object.keys(operation.responses).some(status => status.startsWith('2')), `${name} can succeed`)
    for (const status of ['401', '500', '503']) t.ok(operation.responses[status]?.content?.['application/problem+json'], `${name} can answer ${status}`)
    if (method !== 'get' && path !== '/v1/session') t.ok(operation.parameters?.some(parameter => parameter.name === 'idempotency-key'), `${name} takes an Idempotency-Key`)
    for (const [status, response] of Object.entries(operation.responses)) t.ok(response.description, `${name} describes ${status}`)
    for (const { schema, example } of Object.values(operation.requestBody?.content ?? {})) t.ok(schema.examples ?? example, `${name} shows a body`)
  }
})

t.test('it has every code of a problem with an example, and an example of everything that is answered', async t => {
  const shown = new Map<string, object>()
  for (const { operation } of operations) {
    for (const [status, { content = {} }] of Object.entries(operation.responses)) {
      for (const [code, { value }] of Object.entries(content['application/problem+json']?.examples ?? {})) {
        t.match(value, { code, status: Number(status), type: `urn:berth:problem:${code}`, title: /./, detail: /./ })
        shown.set(code, value)
      }
    }
  }
  // The answer of methods that no operation has.
  const nowhere = ['method_not_allowed']
  t.same([...shown.keys(), ...nowhere].sort(), Object.keys(PROBLEMS).sort())
  const ajv = new Ajv2020({ strict: false })
  addFormats.default(ajv)
  ajv.addSchema(document, 'openapi')
  for (const value of shown.values()) t.ok(ajv.validate({ $ref: 'openapi#/components/schemas/Problem' }, value))
  for (const [name, schema] of Object.entries(document.components.schemas).filter(([name]) => name !== 'Problem')) {
    const examples = schema.examples as unknown[] | undefined ?? []
    t.ok(examples.length > 0, `${name} has an example`)
    for (const example of examples) t.ok(ajv.validate({ $ref: `openapi#/components/schemas/${name}` }, example), `${name}: ${ajv.errorsText()}`)
  }
})

t.test('every reference in it leads somewhere', async t => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(match => match[1] as string)
  t.ok(references.length > 50)
  for (const reference of new Set(references)) t.ok(document.components.schemas[reference.replace('#/components/schemas/', '')], reference)
  t.same(Object.keys(document.components.schemas).sort(), [
    'AuditEntry', 'Condition', 'Delivery', 'Event', 'Move', 'Problem', 'Release', 'Rollout', 'Tenant', 'TenantUsage', 'Token', 'UsagePoint', 'Webhook'
  ])
})

t.test('metrics count requests by route, not by path, and tenants by status', async t => {
  await tenant('counted')
  await call('GET', '/v1/tenants/counted')
  await call('GET', '/v1/no/such/path')
  const { text } = await request({ port, path: '/metrics' })
  t.match(text, /berth_tenants\{status="provisioning"\} 1\n/)
  t.match(text, /berth_api_request_duration_seconds_count\{method="GET",route="\/v1\/tenants\/:tenant",status="200"\} 1\n/)
  t.match(text, /process_resident_memory_bytes \d/)
  t.notMatch(text, 'counted')
  t.notMatch(text, 'no/such/path')
})

t.test('the log says what was asked, and no secret', async t => {
  await call('POST', '/v1/tenants', { body: { slug: 'quiet', env: { KEY: 'hush-hush' } }, headers: { 'idempotency-key': 'key-of-mine' } })
  await call('PATCH', '/v1/tenants/quiet', { body: { env: { KEY: 'hush-hush\0' } } })
  const answer = await call('GET', '/v1/tenants/quiet')
  t.match(logged(), `"reqId":"${answer.headers['x-request-id'] as string}"`)
  t.match(logged(), '"url":"/v1/tenants/quiet"')
  for (const secret of [config.adminToken, 'hush-hush', config.controlDatabase.password, config.databaseServer.password, 'authorization']) t.notMatch(logged(), secret)
})

t.test('the id of a request is ours', async t => {
  const answer = await call('GET', '/v1/tenants', { headers: { 'x-request-id': 'theirs' } })
  t.match(answer.headers['x-request-id'], /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
})
