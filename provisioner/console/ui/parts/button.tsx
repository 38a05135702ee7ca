import type { ComponentChildren } from 'preact'
import { BASE } from '../router.ts'
import { Icon } from './icon.tsx'
import type { IconName } from './icon.tsx'

type Kind = 'plain' | 'primary' | 'danger' | 'quiet'
interface Look { icon?: IconName, kind?: Kind, children?: ComponentChildren, label?: string }

export function Button ({ icon, kind = 'plain', busy = false, disabled = false, type = 'button', label, onClick, children }: Look & {
  busy?: boolean, disabled?: boolean, type?: 'button' | 'submit', onClick?: () => void
}) {
  // Not disabled while busy: the focus would be lost.
  return (
    <button
      type={type} class={`button ${kind}`} disabled={disabled} aria-disabled={busy || disabled} aria-label={label} title={label}
      onClick={event => { if (busy) event.preventDefault(); else onClick?.() }}
    >
      {busy ? <Icon name='loader-circle' spins /> : icon !== undefined && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  )
}

/** A link within the console that looks like a button. */
export function LinkButton ({ to, icon, kind = 'plain', children }: Look & { to: string }) {
  return <a class={`button ${kind}`} href={BASE + to}>{icon !== undefined && <Icon name={icon} />}<span>{children}</span></a>
}

/** A link within the console. */
export function Link ({ to, children, class: className, current = false }: { to: string, children: ComponentChildren, class?: string, current?: boolean }) {
  return <a href={BASE + to} class={className} aria-current={current ? 'page' : undefined}>{children}</a>
}

/** A link to elsewhere, which is told nothing of where it is from. */
export function Outward ({ href, children }: { href: string, children: ComponentChildren }) {
  // An address that is no web address stays text.
  if (!/^https?:\/\//.test(href)) return <span>{children}</span>
  return <a class='outward' href={href} target='_blank' rel='noreferrer noopener'>{children}<Icon name='external-link' /><span class='hidden'> (opens in a new tab)</span></a>
}
