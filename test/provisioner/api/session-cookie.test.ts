import t from 'tap'
import { hashSecret } from '../../../provisioner/access/token.ts'
import { cookieHashOf, csrfTokenOf, newCookieValue, requireOwnPage, setCookie } from '../../../provisioner/api/session-cookie.ts'

t.test('the cookie', async t => {
  const value = newCookieValue()
  t.equal(setCookie(value, { protocol: 'http' }), `berth_session=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200`)
  t.equal(setCookie(null, { protocol: 'https' }), 'berth_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0; Secure')
  t.same(cookieHashOf(`theme=dark; berth_session=${value};x=y`), hashSecret(value))
  for (const header of [undefined, '', `xberth_session=${value}`, `berth_session=${value}x`, 'berth_session=', `berth_session=${value}; berth_session=${value}`]) t.equal(cookieHashOf(header), null, String(header))
})

t.test('changes come from our own pages', async t => {
  const csrf = csrfTokenOf(Buffer.alloc(32), 'se_a')
  t.not(csrf, csrfTokenOf(Buffer.alloc(32), 'se_b'))
  const host = 'berth.example:7070'
  for (const [headers, fine] of [
    [{ 'x-csrf-token': csrf }, true],
    [{ 'x-csrf-token': csrf, origin: 'http://berth.example:7070', 'sec-fetch-site': 'same-origin' }, true],
    [{ 'x-csrf-token': csrf, origin: 'https://berth.example:7070' }, true],
    [{}, false],
    [{ 'x-csrf-token': '' }, false],
    [{ 'x-csrf-token': `${csrf}x` }, false],
    [{ 'x-csrf-token': csrf, origin: 'null' }, false],
    [{ 'x-csrf-token': csrf, origin: 'http://evil.example' }, false],
    [{ 'x-csrf-token': csrf, origin: 'http://berth.example' }, false],
    [{ 'x-csrf-token': csrf, 'sec-fetch-site': 'same-site' }, false],
    [{ 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' }, false]
  ] as const) {
    const asking = () => { requireOwnPage({ headers, host }, csrf) }
    if (fine) t.doesNotThrow(asking, JSON.stringify(headers))
    else t.throws(asking, { code: 'csrf_failed' }, JSON.stringify(headers))
  }
  t.doesNotThrow(() => { requireOwnPage({ headers: { 'x-csrf-token': csrf, origin: 'https://berth.example' }, host: 'berth.example:443' }, csrf) })
})
