import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import type { Test } from 'tap'
import { ErrorPages, fill, parseTemplate } from '../../gateway/error-pages.ts'

const page = { status: 503, title: 'Starting', detail: 'It <starts>', next: 'Wait & see', requestId: 'id-"1"' }

t.test('placeholders', async t => {
  const cases: Array<[string, string]> = [
    ['', ''],
    ['plain', 'plain'],
    ['{{status}} {{ title }}|{{detail}}|{{next}}|{{requestId}}', '503 Starting|It &lt;starts&gt;|Wait &amp; see|id-&quot;1&quot;'],
    ['{{unknown}} {{ {status} }} {{status}', '{{unknown}} {{ {status} }} {{status}'],
    ['{{status}}{{status}}', '503503'],
    ['{{constructor}}', '{{constructor}}']
  ]
  for (const [text, filled] of cases) t.equal(fill(parseTemplate(text), page), filled, text)
})

function build (t: Test) {
  const dir = t.testdir()
  const lines: string[] = []
  const pages = new ErrorPages(dir, pino({ base: null }, { write: line => { lines.push(line) } }))
  const put = (name: string, text: string | Buffer) => { writeFileSync(join(dir, name), text) }
  return { dir, pages, put, log: () => lines.map(line => JSON.parse(line) as { msg: string, reason: string }) }
}

t.test('by code, by status, for all, and our own', async t => {
  const { pages, put, log } = build(t)
  await pages.reload()
  t.match(pages.render('tenant_starting', page), '<html lang="en">')
  put('error.html', 'any {{status}}')
  put('503.html', 'by status')
  put('tenant_starting.html', 'by code')
  put('index.html', 'x')
  t.match(pages.render('tenant_starting', page), '<html lang="en">', 'not before it is read')
  t.strictSame(await pages.reload(), { pages: ['503', 'error', 'tenant_starting'] })
  t.equal(pages.render('tenant_starting', page), 'by code')
  t.equal(pages.render('tenant_busy', page), 'by status')
  t.equal(pages.render('unknown_host', { ...page, status: 404 }), 'any 404')
  t.strictSame(log(), [])
})

t.test('what cannot be read is as good as none, and in the log once', async t => {
  const { dir, pages, put, log } = build(t)
  put('404.html', 'fine')
  put('500.html', Buffer.alloc(256 * 1024 + 1))
  put('502.html', Buffer.from([0xc3, 0x28]))
  mkdirSync(join(dir, '503.html'))
  execFileSync('mkfifo', [join(dir, '504.html')])
  t.strictSame(await pages.reload(), { pages: ['404'] })
  t.strictSame(log().map(({ msg }) => msg), Array(4).fill('Error page cannot be read, the gateway\'s own is used'))
  t.match(log()[0], { reason: /500\.html has 262145 bytes/ })
  pages.render('internal', { ...page, status: 500 })
  t.equal(log().length, 4)
})

t.test('a directory that is gone leaves the pages', async t => {
  const { dir, pages, put } = build(t)
  put('error.html', 'ours')
  await pages.reload()
  const signature = await pages.signature()
  put('error.html', 'theirs')
  t.not(await pages.signature(), signature)
  rmSync(dir, { recursive: true })
  t.equal(await pages.signature(), '')
  await t.rejects(pages.reload(), { code: 'ENOENT' })
  t.equal(pages.render('internal', page), 'ours')
  mkdirSync(dir)
})
