import { signal } from '@preact/signals'
import { Icon } from './icon.tsx'
import type { IconName } from './icon.tsx'

interface Toast { id: number, tone: 'good' | 'busy' | 'warn' | 'bad', text: string }

const SHOWN_MS = 7000
const ICONS: Record<Toast['tone'], IconName> = { good: 'circle-check', busy: 'clock', warn: 'triangle-alert', bad: 'octagon-x' }
const toasts = signal<Toast[]>([])
let next = 0

/** Says something for a while that is also to be seen elsewhere. `busy`: it was asked for, and is not known to be done. */
export function say (tone: Toast['tone'], text: string): void {
  const id = next++
  toasts.value = [...toasts.value.slice(-3), { id, tone, text }]
  setTimeout(() => { toasts.value = toasts.value.filter(toast => toast.id !== id) }, SHOWN_MS)
}

export function Toasts () {
  return (
    <div class='toasts' role='status' aria-live='polite'>
      {toasts.value.map(({ id, tone, text }) => <div key={id} class={`toast tone-${tone}`}><Icon name={ICONS[tone]} /><span>{text}</span></div>)}
    </div>
  )
}
