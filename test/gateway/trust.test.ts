import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseTrustedProxies, Trust } from '../../gateway/trust.ts'

t.test('an address or a network a line', async t => {
  t.strictSame(parseTrustedProxies('# ours\n\n 192.0.2.7 \r\n2001:db8::/32\t# the balancer\n10.0.0.0/8', 'f'), ['192.0.2.7', '2001:db8::/32', '10.0.0.0/8'])
  t.strictSame(parseTrustedProxies('', 'f'), [])
})

t.test('the first line that is none is named', async t => {
  for (const [text, line] of [['x', 1], ['10.0.0.0/8\n10.0.0.0/33\ny', 2], ['10.0.0.1, 10.0.0.2', 1], ['\n\n10.0.0.0/8/9', 3], ['192.0.2.7 #\n::1/129', 2], ['10.0.0', 1]] as const) {
    t.throws(() => parseTrustedProxies(text, 'the-file'), { message: new RegExp(`^the-file, line ${line}: `) }, text)
  }
})

t.test('a file beside the settings; a broken one changes nothing', async t => {
  const file = join(t.testdir(), 'trusted')
  writeFileSync(file, '192.0.2.7\n')
  const trust = new Trust(['10.0.0.0/8'], file)
  t.notOk(trust.isTrusted('192.0.2.7'), 'not read yet')
  t.strictSame(await trust.reload(), { networks: 2 })
  t.ok(trust.isTrusted('192.0.2.7'))
  t.ok(trust.isTrusted('10.1.2.3'))
  const before = trust.isTrusted
  const signature = await trust.signature()

  writeFileSync(file, '192.0.2.8\noops\n')
  t.not(await trust.signature(), signature)
  await t.rejects(trust.reload(), { message: /line 2: "oops"/ })
  t.equal(trust.isTrusted, before)

  writeFileSync(file, Buffer.alloc(600 * 1024, '#'))
  await t.rejects(trust.reload(), { message: /bytes/ })
  writeFileSync(file, Buffer.from([0xff, 0xfe]))
  await t.rejects(trust.reload())
  t.equal(trust.isTrusted, before)

  writeFileSync(file, '192.0.2.8\n')
  await trust.reload()
  t.not(trust.isTrusted, before, 'another one, by which connections notice')
  t.notOk(trust.isTrusted('192.0.2.7'))
  t.ok(trust.isTrusted('192.0.2.8'))
})

t.test('no file', async t => {
  const dir = t.testdir()
  t.strictSame(await new Trust(['10.0.0.1'], '').reload(), { networks: 1 })
  await t.rejects(new Trust([], join(dir, 'none')).reload(), { code: 'ENOENT' })
  mkdirSync(join(dir, 'directory'))
  await t.rejects(new Trust([], join(dir, 'directory')).reload(), { message: /is not a file/ })
})
