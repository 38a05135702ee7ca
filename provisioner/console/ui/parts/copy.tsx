import { useState } from 'preact/hooks'
import { Button } from './button.tsx'

const SHOWN_MS = 2000

/** Copies a text; says so only when the browser did. */
export function CopyButton ({ text, label = 'Copy' }: { text: string, label?: string }) {
  const [state, setState] = useState<'' | 'Copied' | 'Not copied: the browser refused'>('')
  const copy = async (): Promise<void> => {
    // Not there on plain http from another machine.
    const done = await navigator.clipboard?.writeText(text).then(() => true, () => false) ?? false
    setState(done ? 'Copied' : 'Not copied: the browser refused')
    setTimeout(() => { setState('') }, SHOWN_MS)
  }
  return <Button kind='quiet' icon={state === 'Copied' ? 'check' : 'copy'} label={state === '' ? label : state} onClick={() => { copy() }} />
}

/** An identifier that is copied by a button beside it. */
export function Id ({ children }: { children: string }) {
  return <span class='id'><code>{children}</code><CopyButton text={children} label={`Copy ${children}`} /></span>
}
