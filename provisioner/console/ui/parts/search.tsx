import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

const PAUSE_MS = 180

/** A field that searches as one types, after a pause; `/` on the page leads to it. */
export function Search ({ label, value, onSearch, hotkey = true }: { label: string, value: string, onSearch: (text: string) => void, hotkey?: boolean }) {
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  const asked = useRef(value)
  useEffect(() => {
    // Changed from elsewhere, by the history for one.
    if (value !== asked.current) {
      asked.current = value
      setText(value)
    }
  }, [value])
  useEffect(() => {
    if (text === asked.current) return
    const timer = setTimeout(() => {
      asked.current = text
      onSearch(text)
    }, PAUSE_MS)
    return () => { clearTimeout(timer) }
  }, [text])
  useEffect(() => {
    if (!hotkey) return
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') !== null) return
      if ((event.target as Element).closest('input, textarea, select, [contenteditable]') !== null) return
      event.preventDefault()
      input.current?.focus()
      input.current?.select()
    }
    document.addEventListener('keydown', focus)
    return () => { document.removeEventListener('keydown', focus) }
  }, [hotkey])
  return (
    <div class='search'>
      <Icon name='search' />
      <input
        ref={input} type='search' aria-label={label} placeholder={label} value={text} spellcheck={false} autoComplete='off' aria-keyshortcuts={hotkey ? '/' : undefined}
        onInput={event => { setText(event.currentTarget.value) }} onKeyDown={event => { if (event.key === 'Escape') setText('') }}
      />
      {hotkey && <kbd aria-hidden='true'>/</kbd>}
    </div>
  )
}
