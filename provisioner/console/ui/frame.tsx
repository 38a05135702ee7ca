import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useNoticeStream } from './api/notices.ts'
import { ApiProblem } from './api/problem.ts'
import type { Scope } from './api/shapes.ts'
import { Button, Link } from './parts/button.tsx'
import { Icon } from './parts/icon.tsx'
import type { IconName } from './parts/icon.tsx'
import { ThemeSwitch } from './parts/theme-switch.tsx'
import { say } from './parts/toasts.tsx'
import { place } from './router.ts'
import { isLimited, may, session, signOut } from './session.ts'

interface Entry { to: string, name: string, icon: IconName, scope: Scope, whole?: true }

/** `whole`: what a token that is limited to tenants does not see. */
const ENTRIES: Entry[] = [
  { to: '/', name: 'Overview', icon: 'layout-dashboard', scope: 'read' },
  { to: '/tenants', name: 'Tenants', icon: 'users', scope: 'read' },
  { to: '/releases', name: 'Releases', icon: 'package', scope: 'read' },
  { to: '/rollouts', name: 'Rollouts', icon: 'waves', scope: 'read', whole: true },
  { to: '/webhooks', name: 'Webhooks', icon: 'webhook', scope: 'admin', whole: true },
  { to: '/tokens', name: 'Tokens', icon: 'key-round', scope: 'admin', whole: true },
  { to: '/audit', name: 'Audit', icon: 'scroll-text', scope: 'admin', whole: true }
]

/** What is around every page: where one can go, and who one is. */
export function Frame ({ children }: { children: ComponentChildren }) {
  const [open, setOpen] = useState(false)
  const { path } = place.value
  const liveness = useNoticeStream()
  useEffect(() => { setOpen(false) }, [path])
  useEffect(() => {
    if (!open) return
    const close = (event: KeyboardEvent): void => { if (event.key === 'Escape') setOpen(false) }
    document.addEventListener('keydown', close)
    return () => { document.removeEventListener('keydown', close) }
  }, [open])
  const who = session.value
  const leave = (): void => {
    signOut().catch((err: unknown) => {
      if (!(err instanceof ApiProblem)) throw err
      say('bad', `You are still signed in: ${err.message}`)
    })
  }
  return (
    <div class={open ? 'frame open' : 'frame'}>
      <a class='skip' href='#main'>Skip to the page</a>
      <header class='topbar'>
        <Button icon={open ? 'x' : 'menu'} kind='quiet' label={open ? 'Close the menu' : 'Open the menu'} onClick={() => { setOpen(!open) }} />
        <Link to='/' class='brand'><Icon name='anchor' />{who?.installation}</Link>
      </header>
      <aside class='sidebar'>
        <Link to='/' class='brand'><Icon name='anchor' /><span>Berth</span><span class='muted'>{who?.installation}</span></Link>
        <nav aria-label='Console'>
          {ENTRIES.filter(({ scope, whole }) => may(scope) && !(whole === true && isLimited())).map(({ to, name, icon }) => (
            <Link key={to} to={to} current={to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)}><Icon name={icon} />{name}</Link>
          ))}
        </nav>
        <div class='sidebar-end'>
          <p class='liveness'><span class={`dot ${liveness}`} aria-hidden='true' />{liveness === 'live' ? 'Live' : liveness === 'polling' ? 'Looks every few seconds' : 'Connecting…'}</p>
          <div class='who'>
            <span><strong>{who?.token.name}</strong><span class='muted'>{who?.token.scope}{isLimited() ? ', some tenants' : ''}</span></span>
            <Button icon='log-out' kind='quiet' label='Sign out' onClick={leave} />
          </div>
          <div class='row'><ThemeSwitch /><a class='small muted' href='/docs'>API</a><span class='small muted'>{who?.version}</span></div>
        </div>
      </aside>
      <button type='button' class='veil' tabIndex={-1} aria-hidden='true' onClick={() => { setOpen(false) }} />
      <main id='main' tabIndex={-1}>{children}</main>
    </div>
  )
}
