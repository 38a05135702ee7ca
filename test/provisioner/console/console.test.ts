// What the provisioner sends of the console: pages, files, their headers and their size.
import t from 'tap'
import fastify from 'fastify'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { problems } from '../../../provisioner/api/problems.ts'
import { routeTable } from '../../../provisioner/api/route-table.ts'
import { bundleConsole } from '../../../provisioner/console/bundle.ts'
import { webConsole } from '../../../provisioner/console/console.ts'
import { chooseEncoding } from '../../../provisioner/console/encoding.ts'

const app = fastify()
await app.register(routeTable)
await app.register(problems)
await app.register(webConsole)
t.teardown(async () => { await app.close() })
const bundle = await bundleConsole()
const get = async (url: string, headers: Record<string, string> = {}) => await app.inject({ url, headers })

t.test('one page at every address', async t => {
  const page = await get('/console/')
  t.equal(page.statusCode, 200)
  t.match(page.headers, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'same-origin' })
  t.equal((await get('/console/tenants/acme/logs?q=1')).body, page.body)
  t.notMatch(page.body, /<script(?![^>]* src=)| style=| on\w+=|https?:/, 'nothing inline, nothing from elsewhere')
  for (const name of [bundle.script, bundle.style, bundle.theme, bundle.icon]) {
    t.match(page.body, `"/console/assets/${name}"`)
    t.ok(bundle.assets.has(name), name)
  }
})

t.test('the policy lets in what is its own', async t => {
  const policy = String((await get('/console/')).headers['content-security-policy'])
  for (const directive of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"]) t.match(policy, directive)
  t.notMatch(policy, /unsafe/)
})

t.test('who opens the address of the API in a browser comes to it', async t => {
  t.match(await get('/', { accept: 'text/html,*/*;q=0.8' }), { statusCode: 302, headers: { location: '/console/' } })
  t.match(await get('/console'), { statusCode: 302, headers: { location: '/console/' } })
  t.match((await get('/', { accept: 'application/json' })).json(), { status: 404, code: 'not_found' })
})

t.test('files are kept for ever, and compressed', async t => {
  for (const [name, { body }] of bundle.assets) {
    const plain = await get(`/console/assets/${name}`)
    t.match(plain.headers, { 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding', 'x-content-type-options': 'nosniff' }, name)
    t.equal(plain.headers['content-encoding'], undefined)
    t.ok(plain.rawPayload.equals(body), `${name} as it is`)
    const gzipped = await get(`/console/assets/${name}`, { 'accept-encoding': 'gzip' })
    t.ok(gunzipSync(gzipped.rawPayload).equals(body), `${name} by gzip`)
    const brotli = await get(`/console/assets/${name}`, { 'accept-encoding': 'gzip, deflate, br' })
    t.equal(brotli.headers['content-encoding'], 'br')
    t.ok(brotliDecompressSync(brotli.rawPayload).equals(body), `${name} by brotli`)
  }
  t.same([...bundle.assets.keys()].map(name => name.replace(/-\w+\./, '.')).sort(), ['icon.svg', 'main.css', 'main.js', 'part.js', 'theme.js'], 'charts are a part of their own')
})

t.test('a file that there is not', async t => {
  for (const name of ['main-OLD.js', '%2e%2e%2fbundle.ts', '__proto__', '']) t.equal((await get(`/console/assets/${name}`)).statusCode, 404, name)
  const missing = await get('/console/assets/main-OLD.js')
  t.match(missing.json(), { code: 'not_found' })
  t.equal(missing.headers['cache-control'], undefined)
})

t.test('the encoding that a client takes', async t => {
  for (const [accept, encoding] of [
    [undefined, 'identity'], ['', 'identity'], ['gzip', 'gzip'], ['br;q=0, gzip', 'gzip'], ['*', 'br'], ['identity', 'identity'], ['GZIP;q=0.5', 'gzip'], ['br;q=0,*;q=0', 'identity']
  ] as const) t.equal(chooseEncoding(accept), encoding, String(accept))
})
