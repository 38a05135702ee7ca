import { Link } from './button.tsx'

export interface Tab { name: string, to: string, current: boolean }

/** Pages of one thing. Links, so that each has an address. */
export function Tabs ({ label, tabs }: { label: string, tabs: Tab[] }) {
  return <nav class='tabs' aria-label={label}>{tabs.map(({ name, to, current }) => <Link key={to} to={to} current={current}>{name}</Link>)}</nav>
}
