import t from 'tap'
import { canonicalHostname } from '../../../gateway/hostname.ts'
import { envIn, envNameError, hostError, hostsError, hostsIn, nameError, slugError, slugLike, wholeNumber } from '../../../provisioner/console/ui/words/input.ts'
import { SLUG_PATTERN } from '../../../provisioner/tenants/names.ts'

t.test('slugs: as the API has them', async t => {
  for (const slug of ['a', 'acme', 'a-b', '9', 'x'.repeat(40), '', 'A', '-a', 'a-', 'a_b', 'ä', 'x'.repeat(41), 'a b', 'a.b']) {
    t.equal(slugError(slug) === null, new RegExp(SLUG_PATTERN).test(slug), JSON.stringify(slug))
  }
  for (const [name, slug] of [['Acme Ltd', 'acme-ltd'], ['Böhm & Söhne GmbH', 'bohm-sohne-gmbh'], ['Straße', 'strasse'], ['!!!', ''], ['x'.repeat(60), 'x'.repeat(40)], [`${'x'.repeat(39)} yz`, 'x'.repeat(39)]] as const) t.equal(slugLike(name), slug, name)
})

t.test('hosts: nothing that the API takes is refused', async t => {
  for (const host of ['www.acme.example', 'Bücher.example', 'xn--bcher-kva.example', 'a.b.c.d.example', 'acme.example.', '1.example.com', 'пример.рф']) {
    t.not(canonicalHostname(host), null, host)
    t.equal(hostError(host), null, host)
  }
  for (const host of ['http://acme.example', 'acme.example/path', 'acme.example:8080', 'acme example', 'a..b', '-a.example.com', 'acme']) t.type(hostError(host), 'string', host)
  t.same(hostsIn(' a.example,\n b.example  '), ['a.example', 'b.example'])
  t.equal(hostsError('a.example b.example'), null)
  t.match(hostsError('a.example b:1'), /port/)
})

t.test('the environment', async t => {
  t.same(envIn('A=1\n\n# no\nB=x=y\r\nC=\n D = z'), { env: { A: '1', B: 'x=y', C: '', D: ' z' }, error: null })
  for (const [text, error] of [['A', /Line 1 is not/], ['A=1\n1B=2', /Line 2:.*no digit/], ['PORT=1', /set by Berth/], ['=x', /Line 1/]] as const) t.match(envIn(text), { env: {}, error }, text)
  t.same(Object.keys(envIn('__proto__=1').env), ['__proto__'], 'a name is a name')
  t.equal(envNameError('GREETING'), null)
})

t.test('names and numbers', async t => {
  t.equal(nameError('Acme'), null)
  t.type(nameError('   '), 'string')
  t.type(nameError('x'.repeat(101)), 'string')
  t.same(['', ' 12 ', '0'].map(text => wholeNumber(text)), [null, 12, 0])
  for (const text of ['1.5', '-1', 'x', '1e3']) t.ok(Number.isNaN(wholeNumber(text)), text)
  t.ok(Number.isNaN(wholeNumber('3', 4)))
})
