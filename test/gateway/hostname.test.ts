import t from 'tap'
import { canonicalHostname, parseHost } from '../../gateway/hostname.ts'

const label63 = 'a'.repeat(63)
const name253 = `${label63}.${label63}.${label63}.${'a'.repeat(61)}`

const HEADERS: ReadonlyArray<[header: string | undefined, host: string | null]> = [
  ['demo.localhost', 'demo.localhost'],
  ['DEMO.Localhost', 'demo.localhost'],
  ['demo.localhost:8080', 'demo.localhost'],
  ['demo.localhost:', 'demo.localhost'],
  ['demo.localhost:0', 'demo.localhost'],
  ['demo.localhost:65535', 'demo.localhost'],
  ['demo.localhost:65536', null],
  ['demo.localhost:99999', null],
  ['demo.localhost:123456', null],
  ['demo.localhost:80:80', null],
  ['demo.localhost:http', null],
  ['demo.localhost.', 'demo.localhost'],
  ['demo.localhost.:8080', 'demo.localhost'],
  ['demo.localhost..', null],
  ['localhost', 'localhost'],
  ['a', 'a'],
  ['3com.example', '3com.example'],
  ['a--b.example', 'a--b.example'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['BÜCHER.example:443', 'xn--bcher-kva.example'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['ｄｅｍｏ.example', 'demo.example'],
  ['demo。example', 'demo.example'],
  ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
  [`${label63}.example`, `${label63}.example`],
  [`${label63}a.example`, null],
  [name253, name253],
  [`${name253}.:65535`, name253],
  [`${name253}a`, null],
  [`${'a.'.repeat(200)}a`, null],
  [undefined, null],
  ['', null],
  [':80', null],
  ['.', null],
  ['..', null],
  ['.example', null],
  ['a..example', null],
  ['-a.example', null],
  ['a-.example', null],
  ['a_b.example', null],
  ['*.example', null],
  ['a b.example', null],
  [' a.example', null],
  ['a.example ', null],
  ['a.example\t', null],
  ['a.example\0', null],
  ['user@a.example', null],
  ['a.example/b', null],
  ['a.example?b', null],
  ['a.example#b', null],
  ['a.example\\b', null],
  ['http://a.example', null],
  ['a.example,b.example', null],
  ['a%2eexample', null],
  ['<script>', null],
  ['a|b', null],
  ['a^b', null],
  ['127.0.0.1', null],
  ['127.0.0.1:8080', null],
  ['127.0.0.1.', null],
  ['１２７.0.0.1', null],
  ['127.1', null],
  ['0x7f.1', null],
  ['2130706433', null],
  ['0x7f000001', null],
  ['a.0x1f', null],
  ['a.1', null],
  ['a.1a', 'a.1a'],
  ['[::1]', null],
  ['[::1]:8080', null],
  ['::1', null],
  ['::ffff:127.0.0.1', null],
  ['\u00ad', null],
  ['xn--a.example\u202e', null]
]

t.test('parseHost', async t => {
  for (const [header, host] of HEADERS) t.equal(parseHost(header), host, JSON.stringify(header))
})

t.test('canonicalHostname takes no port', async t => {
  t.equal(canonicalHostname('Demo.Localhost.'), 'demo.localhost')
  t.equal(canonicalHostname('demo.localhost:8080'), null)
})

t.test('what is canonical stays as it is', async t => {
  for (const [, host] of HEADERS) if (host !== null) t.equal(canonicalHostname(host), host)
})
