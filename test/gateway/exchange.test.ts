import type { IncomingMessage, ServerResponse } from 'node:http'
import t from 'tap'
import { beginExchange } from '../../gateway/exchange.ts'

const ID = /^[0-9a-f]{32}$/

function begin (url: string, headers: Record<string, string>, { trusted = false, method = 'GET' } = {}) {
  const request = { method, url, headers, rawHeaders: Object.entries(headers).flat() } as unknown as IncomingMessage
  return beginExchange(request, {} as ServerResponse, { peer: '192.0.2.7', peerTrusted: trusted }, false)
}

t.test('what a request is for and whom it is from', async t => {
  t.match(begin('/p?q', { host: 'a.example' }), {
    id: ID, peer: '192.0.2.7', peerTrusted: false, host: 'a.example', path: '/p?q', route: null, answeredAt: 0, bytesReceived: 0, bytesSent: 0, cutByTenant: false, problem: null
  })
})

t.test('a request for no host', async t => {
  t.match(begin('*', { host: 'a.example' }), { host: '', path: '*' })
  t.match(begin('*', { host: 'a.example' }, { method: 'OPTIONS' }), { host: 'a.example', path: '*' })
})

t.test('an ID of a trusted proxy is kept when it looks like one', async t => {
  const ids: Array<[string, boolean]> = [
    ['abc-123', true], ['Root=1-67891233-abcdef012345678912345678;Self=x', true], ['a'.repeat(128), true], ['a'.repeat(129), false], ['', false], ['a b', false], ['<x>', false]
  ]
  for (const [id, kept] of ids) {
    t.equal(begin('/', { host: 'a', 'x-request-id': id }, { trusted: true }).id === id, kept, id)
    t.match(begin('/', { host: 'a', 'x-request-id': id }).id, ID)
  }
})
