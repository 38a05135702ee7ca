import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { session } from '../session.ts'
import { Link } from './button.tsx'
import { Icon } from './icon.tsx'

/** The head of a page: where one is, what it is about, and what can be done. */
export function PageHead ({ title, back, after, children, lead }: { title: string, back?: { to: string, name: string }, after?: ComponentChildren, lead?: ComponentChildren, children?: ComponentChildren }) {
  const installation = session.value?.installation
  useEffect(() => { document.title = `${title} · ${installation ?? 'Berth'}` }, [title, installation])
  return (
    <header class='page-head'>
      {back !== undefined && <nav aria-label='Breadcrumb'><Link to={back.to} class='back'><Icon name='chevron-left' />{back.name}</Link></nav>}
      <div class='page-title'><h1 tabIndex={-1}>{title}</h1>{after}</div>
      {lead !== undefined && <div class='lead'>{lead}</div>}
      {children !== undefined && <div class='actions'>{children}</div>}
    </header>
  )
}

export function Card ({ title, note, action, children, flush = false }: { title?: ComponentChildren, note?: ComponentChildren, action?: ComponentChildren, children: ComponentChildren, flush?: boolean }) {
  return (
    <section class={flush ? 'card flush' : 'card'}>
      {title !== undefined && <header><h2>{title}</h2>{note !== undefined && <span class='muted small'>{note}</span>}{action !== undefined && <div class='end'>{action}</div>}</header>}
      {children}
    </section>
  )
}

/** Names and their values. */
export function Facts ({ of }: { of: Array<[string, ComponentChildren]> }) {
  return <dl class='facts'>{of.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
}

/** A table that scrolls sideways by itself where it is too wide, and by keyboard too. */
export function Table ({ label, head, children }: { label: string, head: ComponentChildren, children: ComponentChildren }) {
  return <div class='table' tabIndex={0} role='region' aria-label={label}><table><thead><tr>{head}</tr></thead><tbody>{children}</tbody></table></div>
}
