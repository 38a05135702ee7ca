import t from 'tap'
import { newOwnHost, ownHost, requestedHost } from '../../../provisioner/api/hosts.ts'

for (const [text, host] of [
  ['shop.example.com', 'shop.example.com'],
  ['Shop.Example.COM.', 'shop.example.com'],
  ['münchen.example', 'xn--mnchen-3ya.example'],
  ['xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
  ['a--b.example', 'a--b.example'],
  ['acme.berth.test', 'acme.berth.test'],
  ['notberth.test', 'notberth.test'],
  ['intranet', 'intranet']
] as const) t.equal(requestedHost(text, 'acme', 'berth.test'), host, text)

for (const text of ['', ' ', 'a b.test', 'http://a.test', 'a.test:80', 'a.test/x', '10.0.0.1', '[::1]', '-a.test', 'a..test', 'user@a.test', 'a_b.test', '*.a.test', 'xn--a.test', 'www.xn--99999999.test', 'xn--.test', `${'a'.repeat(64)}.test`]) {
  t.throws(() => requestedHost(text, 'acme', 'berth.test'), { code: 'invalid_host' }, text)
}
for (const text of ['berth.test', 'BERTH.test.', 'other.berth.test', 'x.acme.berth.test']) {
  t.throws(() => requestedHost(text, 'acme', 'berth.test'), { code: 'reserved_host' }, text)
}

t.equal(ownHost('acme', 'berth.test'), 'acme.berth.test')
t.throws(() => ownHost('a'.repeat(40), `${'b'.repeat(60)}.`.repeat(3) + 'c'.repeat(60)), { code: 'validation_failed' }, 'a name that gets too long')

for (const slug of ['acme', 'a--b', 'xn--mnchen-3ya']) t.equal(newOwnHost(slug, 'berth.test'), `${slug}.berth.test`)
for (const slug of ['xn--a', 'xn--99999999', 'xn--abc']) t.throws(() => newOwnHost(slug, 'berth.test'), { code: 'validation_failed' }, slug)
t.equal(ownHost('xn--a', 'berth.test'), 'xn--a.berth.test', 'a tenant that has such a slug keeps it')
