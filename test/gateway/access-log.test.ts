import t from 'tap'
import { waitFor } from '../world/wait-for.ts'
import { AccessLog, endingOf, logLine } from '../../gateway/access-log.ts'
import type { Ending, Logged } from '../../gateway/access-log.ts'

const response = (statusCode: number, headersSent: boolean, writableFinished: boolean) => ({ statusCode, headersSent, writableFinished })
const ending = (of: Partial<Ending> = {}): Ending => ({ status: 200, cutBy: null, durationMs: 1, ...of })

const exchange: Logged = {
  id: 'id-1', startedAt: 100, peer: '192.0.2.7', host: 'a.example', path: '/p?token=secret', route: null, answeredAt: 0, bytesReceived: 0, bytesSent: 0, problem: null
}

/** A log whose batches are kept, `pathsOf` the requests in them. */
function logOf (t: { teardown: (undo: () => void) => void }, every: number) {
  const batches: string[] = []
  const log = new AccessLog({ write: text => { batches.push(text) } }, every)
  t.teardown(() => { log.close() })
  const pathsOf = () => batches.join('').split('\n').slice(0, -1).map(line => (JSON.parse(line) as { path: string }).path)
  return { log, batches, pathsOf }
}

t.test('who ended it, and how long it took', async t => {
  const whole = { cutByTenant: false, startedAt: 100 }
  t.strictSame(endingOf(whole, response(200, true, true), 102.5), { status: 200, cutBy: null, durationMs: 2.5 })
  t.strictSame(endingOf(whole, response(101, false, false), 100), { status: 101, cutBy: null, durationMs: 0 })
  t.strictSame(endingOf({ ...whole, cutByTenant: true }, response(200, true, false), 101), { status: 200, cutBy: 'tenant', durationMs: 1 })
  t.strictSame(endingOf(whole, response(200, true, false), 101), { status: 200, cutBy: 'client', durationMs: 1 })
  t.strictSame(endingOf(whole, response(200, false, false), 101), { status: 499, cutBy: 'client', durationMs: 1 })
})

t.test('a line has what is known, and no query', async t => {
  const line = logLine('2026-01-01T00:00:00.000Z', exchange, 'GET', ending({ status: 404, durationMs: 1.23456 }))
  t.ok(line.endsWith('}\n'))
  t.strictSame(JSON.parse(line), {
    level: 30,
    time: '2026-01-01T00:00:00.000Z',
    requestId: 'id-1',
    peer: '192.0.2.7',
    host: 'a.example',
    method: 'GET',
    path: '/p',
    status: 404,
    bytesReceived: 0,
    bytesSent: 0,
    durationMs: 1.23,
    msg: 'Request'
  })
  const route = { tenantId: 'tn_0123456789ab', slug: 'a', name: 'A', epoch: 1, state: 'suspended' as const }
  const full = logLine('', { ...exchange, path: '/p', route, answeredAt: 102.5, problem: 'tenant_suspended', bytesReceived: 3, bytesSent: 7 }, 'GET', ending({ status: 403, cutBy: 'client' }))
  t.match(JSON.parse(full), {
    tenant: 'tn_0123456789ab', path: '/p', tenantMs: 2.5, problem: 'tenant_suspended', cutBy: 'client', bytesReceived: 3, bytesSent: 7
  })
})

t.test('whatever a client says, a line is one line of JSON', async t => {
  for (const text of ['', '"', '\\', '\\"', '\n', '\u001b[31m', '\u007f', 'caf\u00e9', '\u2028', '\ud800', '","status":200,"x":"', 'a b!#[]~']) {
    const line = logLine('', { ...exchange, host: text, path: text }, 'GET', ending())
    t.equal(line.indexOf('\n'), line.length - 1)
    t.match(JSON.parse(line), { host: text, path: text, status: 200 }, Buffer.from(text).toString('hex'))
  }
})

t.test('lines leave in batches, all of them', async t => {
  const { log, batches, pathsOf } = logOf(t, 1)
  log.write(exchange, 'GET', ending())
  log.write(exchange, 'GET', ending())
  t.equal(batches.length, 0, 'not one by one')
  await waitFor('the batch of the two', () => batches.length === 1)
  t.strictSame(pathsOf(), ['/p', '/p'])
  const path = `/${'x'.repeat(16 * 1024)}`
  log.write({ ...exchange, path }, 'GET', ending())
  t.equal(batches.length, 1)
  log.write({ ...exchange, path }, 'GET', ending())
  t.equal(batches.length, 2, 'a full one leaves at once')
  log.flush()
  t.equal(batches.length, 2, 'nothing makes no batch')
  log.write(exchange, 'GET', ending())
  log.close()
  t.strictSame(pathsOf(), ['/p', '/p', path, path, '/p'], 'closing writes the rest')
})

t.test('of many every so many-th, and all that are a failure of ours', async t => {
  const { log, pathsOf } = logOf(t, 3)
  const say = (path: string, status: number, problem: Logged['problem'] = null) => { log.write({ ...exchange, path, problem }, 'GET', ending({ status })) }
  say('/1', 200)
  say('/2', 502, 'tenant_unreachable')
  say('/3', 200)
  say('/4', 500)
  say('/5', 404, 'unknown_host')
  say('/6', 200)
  say('/7', 503, 'tenant_busy')
  log.flush()
  t.strictSame(pathsOf(), ['/2', '/3', '/6', '/7'])
})
