import t from 'tap'
import { ApiProblem, isAbsent, problemFrom } from '../../../provisioner/console/ui/api/problem.ts'
import { sseReader } from '../../../provisioner/console/ui/api/sse.ts'
import { changesBetween } from '../../../provisioner/console/ui/words/changes.ts'
import { cutAt, logLine } from '../../../provisioner/console/ui/words/log-line.ts'
import { bytes, memory, milliseconds, percent, plural } from '../../../provisioner/console/ui/words/numbers.ts'
import { matchPath, path, query } from '../../../provisioner/console/ui/words/path.ts'
import { aboutDuration, clockTime, exactTime, relativeTime } from '../../../provisioner/console/ui/words/time.ts'

t.test('times', async t => {
  const now = Date.parse('2026-03-01T12:00:00Z')
  for (const [iso, words] of [
    ['2026-03-01T11:59:50Z', 'just now'],
    ['2026-03-01T12:00:05Z', 'just now'],
    ['2026-03-01T12:00:40Z', 'in a moment'],
    ['2026-03-01T11:58:30Z', '1 minute ago'],
    ['2026-03-01T09:00:01Z', '2 hours ago'],
    ['2026-02-28T12:00:00Z', 'yesterday'],
    ['2026-02-19T12:00:00Z', '10 days ago'],
    ['2026-05-30T12:00:00Z', 'in 3 months'],
    ['2024-02-01T12:00:00Z', '2 years ago']
  ] as const) t.equal(relativeTime(iso, now, 'en'), words, iso)
  t.match(exactTime('2026-03-01T23:30:00Z', 'en', 'Asia/Tokyo'), /March 2, 2026.*8:30:00.*GMT\+9/, 'in the reader\'s zone, which is said')
  t.equal(clockTime('2026-03-01T11:05:09.123Z', now, 'en-GB', 'UTC'), '11:05:09')
  t.equal(clockTime('2026-03-01T15:30:00Z', now, 'en-GB', 'Asia/Tokyo'), '2 Mar 00:30:00', 'another day is said')
  t.same([4, 42, 200, 8000].map(aboutDuration), ['a few seconds', 'about 40 seconds', 'about 3 minutes', 'about 2 hours'])
})

t.test('numbers', async t => {
  t.same([0, 999, 1000, 1536, 123_456, 5e9, 2e18].map(bytes), ['0 B', '999 B', '1 kB', '1.5 kB', '123 kB', '5 GB', '2000 PB'])
  t.same([512, 2 ** 20, 1.5 * 2 ** 30].map(memory), ['512 B', '1 MiB', '1.5 GiB'])
  t.same([plural(1, 'tenant'), plural(0, 'tenant'), plural(2, 'match', 'matches')], ['1 tenant', '0 tenants', '2 matches'])
  t.same([percent(0, 0), percent(1, 3000), percent(1, 40), percent(1, 3)], ['0 %', '<0.1 %', '2.5 %', '33 %'])
  t.same([0.42, 12.6, 1234].map(milliseconds), ['0.4 ms', '13 ms', '1.23 s'])
})

t.test('addresses', async t => {
  t.same(matchPath('/tenants/:tenant/:tab?', '/tenants/a%20b/logs'), { tenant: 'a b', tab: 'logs' })
  t.same(matchPath('/tenants/:tenant/:tab?', '/tenants/acme'), { tenant: 'acme' })
  t.same(matchPath('/tenants', '/tenants/'), {})
  t.same(matchPath('/:a', '/%zz'), { a: '%zz' }, 'what cannot be decoded stays')
  for (const [pattern, address] of [['/tenants', '/tenants/acme'], ['/tenants/:tenant', '/tenants'], ['/tenants/new', '/tenants/old']] as const) t.equal(matchPath(pattern, address), null, `${pattern} ${address}`)
  t.equal(path('/v1/tenants/{}/domains/{}', 'a/b', 'ü'), '/v1/tenants/a%2Fb/domains/%C3%BC')
  t.equal(query({ a: '', b: null, c: undefined }), '')
  t.equal(query({ q: 'a&b', limit: 50 }), '?q=a%26b&limit=50')
})

t.test('server-sent events, however they are cut', async t => {
  const text = 'retry: 2000\n\n: comment\n\nid: 7\nevent: Ready\ndata: {"a":1}\n\ndata: one\r\ndata: two\r\n\r\nevent: empty\n\ndata\n\n'
  const all = [{ event: 'Ready', data: '{"a":1}', id: '7' }, { event: 'message', data: 'one\ntwo', id: '7' }, { event: 'message', data: '', id: '7' }]
  t.same(sseReader()(text), all)
  for (const size of [1, 2, 3, 7]) {
    const read = sseReader()
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size))
    t.same(pieces.flatMap(read), all, `in pieces of ${size}`)
  }
})

t.test('lines of logs', async t => {
  for (const [line, text, level] of [
    ['2026-03-01T12:00:00.123456789Z hello', 'hello', 'plain'],
    ['2026-03-01T12:00:00.123456789Z {"level":50,"msg":"x"}', '{"level":50,"msg":"x"}', 'error'],
    ['2026-03-01T12:00:00Z {"level":30,"msg":"no error at all"}', '{"level":30,"msg":"no error at all"}', 'plain'],
    ['2026-03-01T12:00:00Z {"severity":"WARNING"}', '{"severity":"WARNING"}', 'warning'],
    ['ERROR: \u001b[31mred\u001b[0m', 'ERROR: red', 'error'],
    ['[warn] slow', '[warn] slow', 'warning'],
    ['', '', 'plain']
  ] as const) t.match(logLine(line), { text, level }, line)
  t.equal(logLine('2026-03-01T12:00:00.5Z x').at, '2026-03-01T12:00:00.5Z')
  t.same(cutAt('an Error, an error', 'error'), ['an ', 'Error', ', an ', 'error', ''])
  t.same(cutAt('none', 'x'), ['none'])
  t.same(cutAt('all', ''), ['all'])
  t.same(cutAt('İi', 'i'), ['İi'], 'where small letters are longer nothing is marked, rather than the wrong place')
})

t.test('what changed', async t => {
  t.same(changesBetween(null, { name: 'a', env: { A: '1' }, domains: [] }), [{ name: 'domains', before: null, after: '[]' }, { name: 'env.A', before: null, after: '1' }, { name: 'name', before: null, after: 'a' }])
  t.same(changesBetween({ n: 1, same: true, gone: 'x' }, { n: 2, same: true }), [{ name: 'gone', before: 'x', after: null }, { name: 'n', before: '1', after: '2' }])
  t.same(changesBetween(null, null), [])
})

t.test('problems', async t => {
  const problem = problemFrom(422, JSON.stringify({ code: 'validation_failed', title: 'T', detail: 'D', invalidParams: [{ pointer: '/env/PORT', detail: 'is ours' }, { pointer: '/slug', detail: 'is bad' }] }), name => name === 'retry-after' ? '7' : null)
  t.match(problem, { status: 422, code: 'validation_failed', message: 'D', retryAfterSeconds: 7 })
  t.equal(problem.of('/slug'), 'is bad')
  t.equal(problem.of('/env'), 'PORT is ours')
  t.equal(problem.of('/name'), null)
  t.match(problemFrom(502, '<html>', () => null), { code: 'http_502', message: 'It answered with the status 502.', retryAfterSeconds: null }, 'of something else than the API')
  t.equal(isAbsent(problemFrom(404, '{"code":"not_found"}', () => null)), true)
  t.equal(isAbsent(problemFrom(404, '{"code":"tenant_not_found"}', () => null)), false)
  t.equal(problem instanceof ApiProblem, true)
})
