import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Button } from './button.tsx'

/** A modal dialog, open for as long as it is there. Escape and the button at its corner close it. */
export function Dialog ({ title, onClose, children, wide = false }: { title: string, onClose: () => void, children: ComponentChildren, wide?: boolean }) {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = element.current as HTMLDialogElement
    const before = document.activeElement
    dialog.showModal()
    dialog.querySelector<HTMLElement>('input, select, textarea')?.focus()
    return () => {
      dialog.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={element} class={wide ? 'wide' : undefined} aria-labelledby='dialog-title'
      onCancel={event => { event.preventDefault(); onClose() }}
      onClick={event => { if (event.target === element.current) onClose() }}
    >
      <div class='dialog'>
        <header><h2 id='dialog-title'>{title}</h2><Button icon='x' kind='quiet' label='Close' onClick={onClose} /></header>
        {children}
      </div>
    </dialog>
  )
}
