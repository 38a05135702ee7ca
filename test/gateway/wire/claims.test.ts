// What the tenant is told of who asks: claims of clients, of proxies that are trusted, and the gateway's own.
import t from 'tap'
import type { Test } from 'tap'
import { fieldOf } from './message.ts'
import type { Message } from './message.ts'
import { HOST, setWire } from './wire.ts'
import type { Wire } from './wire.ts'

async function seenBy (wire: Wire, lines: readonly string[], localAddress?: string): Promise<Message> {
  wire.tenant.forget()
  await wire.ask(wire.get(lines), localAddress)
  return wire.tenant.take()[0] as Message
}

const named = ({ fields }: Message, pattern: RegExp) => fields.filter(([name]) => pattern.test(name)).map(([name, value]) => [name.toLowerCase(), value])

/** In every spelling that an application may read as X-Forwarded-For and its like (CGI makes `-` and `_` one). */
const CLAIMS = [
  'X-Forwarded-For: 6.6.6.6', 'x-forwarded-for: 6.6.6.7', 'X_Forwarded_For: 6.6.6.8', 'X-Forwarded_For: 6.6.6.9', 'X-FORWARDED-PROTO: https',
  'X_FORWARDED_PROTO: https', 'X-Forwarded-Host: evil.example', 'X-Forwarded-Port: 443', 'X-Forwarded-Prefix: /evil', 'X-Forwarded-Server: evil',
  'X-Forwarded-Ssl: on', 'Forwarded: for=6.6.6.6;proto=https', 'X-Real-IP: 6.6.6.6', 'X_Real_Ip: 6.6.6.6', 'X-Request-Id: evil'
]

t.test('nobody is trusted', async t => {
  const wire = await setWire(t)

  await t.test('claims of a client are dropped, in every spelling', async t => {
    const request = await seenBy(wire, CLAIMS)
    t.match(fieldOf(request, 'x-request-id'), /^[\da-f]{32}$/)
    t.strictSame(named(request, /^(x[-_]forwarded[-_].*|forwarded|x[-_]real[-_]ip)$/i),
      [['x-forwarded-for', '127.0.0.1'], ['x-forwarded-proto', 'http'], ['x-forwarded-host', HOST]])
  })

  await t.test('X-Tenant-*: in every spelling', async t => {
    const spellings = ['X-Tenant-Id', 'x-tenant-id', 'X-TENANT-ID', 'X_Tenant_Id', 'x_tenant-id', 'X-Tenant_Id', 'X-Tenant-Slug', 'X_TENANT_SLUG', 'X-Tenant-Name', 'X-Tenant-Role', 'X_Tenant_', 'X-Tenant-']
    const request = await seenBy(wire, ['X-Before: 1', ...spellings.map(name => `${name}: evil`), 'X-Tenants: 1', 'X-Tenan: 1'])
    const tenants = named(request, /^x[-_]tenant[-_]/i)
    t.strictSame(tenants.map(([name]) => name), ['x-tenant-id', 'x-tenant-slug', 'x-tenant-name'])
    t.notOk(tenants.some(([, value]) => value === 'evil'))
    t.strictSame(named(request, /^x-(before|tenants|tenan)$/i), [['x-before', '1'], ['x-tenants', '1'], ['x-tenan', '1']], 'and nothing else')
  })

  await t.test('in trailers they do not come either', async t => {
    wire.tenant.forget()
    await wire.ask(`${wire.get(['Transfer-Encoding: chunked'], 'POST / HTTP/1.1')}0\r\nX-Tenant-Id: evil\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n`)
    const [request] = wire.tenant.take()
    t.strictSame(request?.trailers, [])
    t.not(fieldOf(request as Message, 'x-tenant-id'), 'evil')
  })

  await t.test('each request has an ID of its own', async t => {
    const ids = new Set<string | undefined>()
    for (let i = 0; i < 5; i++) ids.add(fieldOf(await seenBy(wire, []), 'x-request-id'))
    t.equal(ids.size, 5)
  })

  await traceContext(t, wire)
})

const NETWORKS: Array<[networks: string, peers: Array<[address: string, trusted: boolean]>]> = [
  ['127.0.0.2', [['127.0.0.2', true], ['127.0.0.1', false], ['127.0.0.3', false]]],
  ['127.0.0.8/30, 10.0.0.0/8', [['127.0.0.7', false], ['127.0.0.8', true], ['127.0.0.11', true], ['127.0.0.12', false]]],
  ['127.1.0.0/16,127.2.3.4', [['127.1.255.1', true], ['127.2.3.4', true], ['127.2.3.5', false]]],
  // An IPv6 network holds no IPv4 address.
  ['::/0', [['127.0.0.1', false]]],
  ['::1,fd00::/8,127.0.0.0/8', [['127.0.0.1', true], ['127.9.9.9', true]]]
]

for (const [networks, peers] of NETWORKS) {
  t.test(`trusted: ${networks}`, async t => {
    const wire = await setWire(t, { BERTH_TRUSTED_PROXIES: networks })
    for (const [address, trusted] of peers) {
      const request = await seenBy(wire, ['X-Forwarded-For: 192.0.2.9', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: front.example', 'X-Request-Id: theirs'], address)
      const claims = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'].map(name => fieldOf(request, name))
      t.strictSame(claims, trusted ? [`192.0.2.9, ${address}`, 'https', 'front.example'] : [address, 'http', HOST], address)
      t.equal(fieldOf(request, 'x-request-id') === 'theirs', trusted, `the ID from ${address}`)
    }
  })
}

t.test('a trusted proxy', async t => {
  const wire = await setWire(t, { BERTH_TRUSTED_PROXIES: '127.0.0.0/8' })
  const CASES: Array<[what: string, lines: string[], name: string, value: string | RegExp]> = [
    ['says nothing', [], 'x-forwarded-for', '127.0.0.1'],
    ['says nothing of the scheme', [], 'x-forwarded-proto', 'http'],
    ['sends an empty list', ['X-Forwarded-For:'], 'x-forwarded-for', '127.0.0.1'],
    ['sends several', ['X-Forwarded-For: 192.0.2.1', 'x-forwarded-for: 192.0.2.2, 192.0.2.3'], 'x-forwarded-for', '192.0.2.1, 192.0.2.2, 192.0.2.3, 127.0.0.1'],
    ['sends IPv6', ['X-Forwarded-For: 2001:db8::1'], 'x-forwarded-for', '2001:db8::1, 127.0.0.1'],
    ['sends a scheme that is none', ['X-Forwarded-Proto: gopher'], 'x-forwarded-proto', 'http'],
    ['sends an ID that is none', ['X-Request-Id: a b"<'], 'x-request-id', /^[\da-f]{32}$/],
    ['sends an ID that is too long', [`X-Request-Id: ${'x'.repeat(1000)}`], 'x-request-id', /^[\da-f]{32}$/]
  ]
  for (const [what, lines, name, value] of CASES) {
    await t.test(what, async t => {
      const got = fieldOf(await seenBy(wire, lines), name)
      if (typeof value === 'string') t.equal(got, value)
      else t.match(got, value)
    })
  }
  await t.test('is not believed what only the gateway knows', async t => {
    t.not(fieldOf(await seenBy(wire, ['X-Tenant-Id: evil']), 'x-tenant-id'), 'evil')
  })
  await t.test('another spelling is not what it stands for', async t => {
    t.strictSame(named(await seenBy(wire, ['X_Forwarded_For: 6.6.6.6', 'X_Forwarded_Proto: https']), /^x[-_]forwarded[-_](for|proto)$/i),
      [['x-forwarded-for', '127.0.0.1'], ['x-forwarded-proto', 'http']])
  })
})

/** W3C Trace Context, version 00: a valid one is passed on, anything else begins a trace of its own (§4.3). */
async function traceContext (t: Test, wire: Wire): Promise<void> {
  const TRACE = '0af7651916cd43dd8448eb211c80319c'
  const PARENT = 'b7ad6b7169203331'
  const valid = `00-${TRACE}-${PARENT}-01`
  const BEGUN = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/
  const CASES: Array<[what: string, lines: string[], kept: boolean]> = [
    ['valid', [`traceparent: ${valid}`], true],
    ['valid, in capital letters for a name', [`TraceParent: ${valid}`], true],
    ['not sampled', [`traceparent: 00-${TRACE}-${PARENT}-00`], true],
    ['absent', [], false],
    ['empty', ['traceparent:'], false],
    ['twice', [`traceparent: ${valid}`, `traceparent: ${valid}`], false],
    ['with capitals', [`traceparent: ${valid.toUpperCase()}`], false],
    ['a trace of zeros', [`traceparent: 00-${'0'.repeat(32)}-${PARENT}-01`], false],
    ['a parent of zeros', [`traceparent: 00-${TRACE}-${'0'.repeat(16)}-01`], false],
    ['version ff', [`traceparent: ff-${TRACE}-${PARENT}-01`], false],
    ['too short', [`traceparent: 00-${TRACE}-${PARENT}`], false],
    ['something behind version 00', [`traceparent: ${valid}-x`], false],
    ['no hexadecimal', [`traceparent: 00-${TRACE.replace('0', 'g')}-${PARENT}-01`], false],
    ['nonsense', ['traceparent: hello'], false]
  ]
  for (const [what, lines, kept] of CASES) {
    await t.test(`traceparent: ${what}`, async t => {
      const got = fieldOf(await seenBy(wire, lines), 'traceparent')
      if (kept) t.equal(got?.split('-')[1], TRACE)
      else t.match(got, BEGUN)
      t.equal(got?.split('-').length, 4)
      if (!kept) t.notMatch(got, TRACE)
    })
  }
  await t.test('tracestate goes with a valid one, and ends with an invalid one', async t => {
    t.equal(fieldOf(await seenBy(wire, [`traceparent: ${valid}`, 'tracestate: a=1', 'tracestate: b=2']), 'tracestate'), 'a=1, b=2')
    t.equal(fieldOf(await seenBy(wire, ['traceparent: hello', 'tracestate: a=1']), 'tracestate'), undefined)
    t.equal(fieldOf(await seenBy(wire, ['tracestate: a=1']), 'tracestate'), undefined)
  })
  await t.test('each request without one has a trace of its own', async t => {
    t.not(fieldOf(await seenBy(wire, []), 'traceparent') ?? '', fieldOf(await seenBy(wire, []), 'traceparent') ?? '')
  })
}
