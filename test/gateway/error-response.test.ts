import t from 'tap'
import { errorResponse, prefersHtml } from '../../gateway/error-response.ts'
import { escapeHtml, renderErrorPage } from '../../gateway/error-page.ts'
import { GatewayError, PROBLEMS } from '../../gateway/errors.ts'
import type { ProblemCode } from '../../gateway/errors.ts'

const CODES = Object.keys(PROBLEMS) as ProblemCode[]

t.test('every problem is a problem (RFC 9457) to a program', async t => {
  for (const code of CODES) {
    const { status, headers, body } = errorResponse(code, '*/*', 'id-1')
    t.equal(status, PROBLEMS[code].status)
    t.match(headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store', 'x-request-id': 'id-1' })
    t.match(JSON.parse(body), { type: 'about:blank', status, code, title: PROBLEMS[code].title, requestId: 'id-1' })
    t.equal(headers['retry-after'] !== undefined, status === 503 || status === 429, `${code} says when to come back if that helps`)
  }
})

t.test('every problem is a page to a browser', async t => {
  for (const code of CODES) {
    const { headers, body } = errorResponse(code, 'text/html,application/xhtml+xml,*/*;q=0.8', 'id-1')
    t.equal(headers['content-type'], 'text/html; charset=utf-8')
    t.match(body, escapeHtml(PROBLEMS[code].detail))
    t.match(body, escapeHtml(PROBLEMS[code].next))
    t.match(body, '<code>id-1</code>')
    t.match(body, '<html lang="en">')
  }
})

t.test('who wants HTML', async t => {
  const wishes: Array<[string | undefined, boolean]> = [
    [undefined, false], ['', false], ['*/*', false], ['application/json', false], ['text/*', false], ['text/html', true], ['TEXT/HTML;level=1', true],
    ['application/json, text/html;q=0.5', true], ['text/html;q=0', false], ['text/html; q=0.000, */*', false], ['text/htmlx', false], ['text/html;q=0.1', true]
  ]
  for (const [accept, html] of wishes) t.equal(prefersHtml(accept), html, String(accept))
})

t.test('a page escapes what it shows', async t => {
  const page = renderErrorPage({ status: 500, title: '<t>', detail: '"d" & \'e\'', next: '<n>', requestId: '<i>' })
  for (const raw of ['<t>', '<n>', '<i>', '"d"']) t.notMatch(page, raw)
  t.match(page, '&quot;d&quot; &amp; &#39;e&#39;')
})

t.test('an error carries its problem', async t => {
  const cause = new Error('original')
  const error = new GatewayError('tenant_timeout', { cause })
  t.match(error, { name: 'GatewayError', message: PROBLEMS.tenant_timeout.detail, cause })
})
