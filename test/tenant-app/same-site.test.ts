import t from 'tap'
import { isSameSite } from '../../tenant-app/same-site.ts'

t.test('who may change notes', async t => {
  const host = 'demo.example:8080'
  const cases: Array<[string, Record<string, string>, boolean]> = [
    ['no browser', {}, true],
    ['own page', { 'sec-fetch-site': 'same-origin', origin: 'http://demo.example:8080' }, true],
    ['typed address', { 'sec-fetch-site': 'none' }, true],
    ['another tenant of the same domain', { 'sec-fetch-site': 'same-site', origin: 'http://other.example:8080' }, false],
    ['another site', { 'sec-fetch-site': 'cross-site' }, false],
    ['old browser, own page', { origin: 'http://demo.example:8080' }, true],
    ['old browser behind TLS', { origin: 'https://demo.example:8080' }, true],
    ['old browser, other port', { origin: 'http://demo.example' }, false],
    ['old browser, other site', { origin: 'http://evil.example' }, false],
    ['sandboxed frame', { origin: 'null' }, false],
    ['rubbish', { origin: '::' }, false]
  ]
  for (const [what, headers, expected] of cases) t.equal(isSameSite({ host, ...headers }), expected, what)
  t.equal(isSameSite({ host: 'Demo.Example', origin: 'http://demo.example' }), true, 'hosts have no case')
  t.equal(isSameSite({ origin: 'http://demo.example' }), false, 'no Host at all')
})
