import t from 'tap'
import { endingOf, logFields } from '../../gateway/access-log.ts'
import type { Exchange } from '../../gateway/exchange.ts'

const response = (statusCode: number, headersSent: boolean, writableFinished: boolean) => ({ statusCode, headersSent, writableFinished })

t.test('who ended it', async t => {
  t.strictSame(endingOf({ cutByTenant: false }, response(200, true, true)), { status: 200, cutBy: null })
  t.strictSame(endingOf({ cutByTenant: false }, response(101, false, false)), { status: 101, cutBy: null })
  t.strictSame(endingOf({ cutByTenant: true }, response(200, true, false)), { status: 200, cutBy: 'tenant' })
  t.strictSame(endingOf({ cutByTenant: false }, response(200, true, false)), { status: 200, cutBy: 'client' })
  t.strictSame(endingOf({ cutByTenant: false }, response(200, false, false)), { status: 499, cutBy: 'client' })
})

const exchange: Exchange = {
  id: 'id-1', startedAt: 100, peer: '192.0.2.7', peerTrusted: false, host: 'a.example', path: '/p?token=secret', route: null, answeredAt: 0, cutByTenant: false, problem: null
}

t.test('a line has what is known, and no query', async t => {
  t.strictSame(JSON.parse(JSON.stringify(logFields(exchange, 'GET', { status: 404, cutBy: null }, 1.23456))), {
    requestId: 'id-1', peer: '192.0.2.7', host: 'a.example', method: 'GET', path: '/p', status: 404, durationMs: 1.23
  })
  const route = { tenantId: 'tn_0123456789ab', slug: 'a', name: 'A', epoch: 1, state: 'suspended' as const }
  t.match(logFields({ ...exchange, path: '/p', route, answeredAt: 102.5, problem: 'tenant_suspended' }, 'GET', { status: 403, cutBy: 'client' }, 1), {
    tenant: 'tn_0123456789ab', path: '/p', tenantMs: 2.5, problem: 'tenant_suspended', cutBy: 'client'
  })
})
