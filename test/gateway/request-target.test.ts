import t from 'tap'
import { readTarget } from '../../gateway/request-target.ts'

const ask = (url: string, ...hosts: string[]) => readTarget({
  rawHeaders: hosts.flatMap(host => ['hOst', host, 'x-host', 'other', 'from', 'x']),
  headers: hosts[0] === undefined ? {} : { host: hosts[0] }
}, url)

const TARGETS: ReadonlyArray<[url: string, hosts: string[], expected: { host: string, path: string } | null]> = [
  ['/', ['a.example'], { host: 'a.example', path: '/' }],
  ['/p?q=1', ['a.example:80'], { host: 'a.example:80', path: '/p?q=1' }],
  ['//p', ['a.example'], { host: 'a.example', path: '//p' }],
  ['/%zz/../x', ['a.example'], { host: 'a.example', path: '/%zz/../x' }],
  ['/', [''], { host: '', path: '/' }],
  ['/', [], null],
  ['/', ['a.example', 'b.example'], null],
  ['/', ['a.example', 'a.example'], null],
  ['http://b.example/p?q', ['a.example'], { host: 'b.example', path: '/p?q' }],
  ['HTTPS://b.example:444', ['a.example'], { host: 'b.example:444', path: '/' }],
  ['http://b.example?q', ['a.example'], { host: 'b.example', path: '/?q' }],
  ['http://user@b.example/', ['a.example'], { host: 'user@b.example', path: '/' }],
  ['http://', ['a.example'], { host: '', path: '/' }],
  ['http://b.example/', [], null],
  ['ftp://b.example/', ['a.example'], null],
  ['*', ['a.example'], null],
  ['', ['a.example'], null],
  ['b.example:443', ['a.example'], null]
]

t.test('readTarget', async t => {
  for (const [url, hosts, expected] of TARGETS) t.strictSame(ask(url, ...hosts), expected, `${url} of ${hosts}`)
})
