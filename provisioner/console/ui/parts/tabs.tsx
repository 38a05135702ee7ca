import { useEffect, useRef } from 'preact/hooks'
import { Link } from './button.tsx'

export interface Tab { name: string, to: string, current: boolean }

/** Pages of one thing. Links, so that each has an address. */
export function Tabs ({ label, tabs }: { label: string, tabs: Tab[] }) {
  const element = useRef<HTMLElement>(null)
  const current = tabs.find(({ current }) => current)?.to
  // The bar alone is scrolled, not the page.
  useEffect(() => {
    const [bar, tab] = [element.current, element.current?.querySelector<HTMLElement>('[aria-current]')]
    if (bar != null && tab != null) bar.scrollLeft = tab.offsetLeft - (bar.clientWidth - tab.offsetWidth) / 2
  }, [current])
  return <nav ref={element} class='tabs' aria-label={label}>{tabs.map(({ name, to, current }) => <Link key={to} to={to} current={current}>{name}</Link>)}</nav>
}
