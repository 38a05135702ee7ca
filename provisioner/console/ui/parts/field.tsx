import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface Around { label: string, hint?: ComponentChildren, error?: string | null, good?: ComponentChildren }

function Frame ({ id, label, hint, error, good, children }: Around & { id: string, children: ComponentChildren }) {
  return (
    <div class={error == null ? 'field' : 'field wrong'}>
      <label for={id}>{label}</label>
      {children}
      <p class='hint' id={`${id}-hint`} aria-live='polite'>{error != null ? <span class='error'>{error}</span> : good ?? hint}</p>
    </div>
  )
}

export function TextField ({ label, hint, error, good, value, onInput, mono = false, secret = false, placeholder, autoComplete = 'off', rows, required = false, prefix, suffix, inputMode }: Around & {
  value: string,
  onInput: (value: string) => void,
  mono?: boolean,
  secret?: boolean,
  placeholder?: string,
  autoComplete?: string,
  rows?: number,
  required?: boolean
  prefix?: string,
  suffix?: string,
  inputMode?: 'numeric' | 'decimal' | 'url'
}) {
  const id = useId()
  const shared = {
    id,
    value,
    placeholder,
    required,
    autoComplete,
    spellcheck: false,
    class: mono ? 'mono' : undefined,
    'aria-invalid': error != null,
    'aria-describedby': `${id}-hint`,
    onInput: (event: { currentTarget: { value: string } }) => { onInput(event.currentTarget.value) }
  }
  const input = rows !== undefined ? <textarea rows={rows} {...shared} /> : secret ? <input type='password' {...shared} /> : <input type='text' inputMode={inputMode} {...shared} />
  return (
    <Frame id={id} label={label} hint={hint} error={error} good={good}>
      {prefix === undefined && suffix === undefined ? input : <div class='affixed'>{prefix !== undefined && <span>{prefix}</span>}{input}{suffix !== undefined && <span>{suffix}</span>}</div>}
    </Frame>
  )
}

export interface Choice { value: string, label: string }

export function SelectField ({ label, hint, error, value, choices, onInput }: Around & { value: string, choices: Choice[], onInput: (value: string) => void }) {
  const id = useId()
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <select id={id} value={value} aria-describedby={`${id}-hint`} onInput={event => { onInput(event.currentTarget.value) }}>
        {choices.map(choice => <option key={choice.value} value={choice.value} selected={choice.value === value}>{choice.label}</option>)}
      </select>
    </Frame>
  )
}

export function CheckField ({ label, checked, onInput }: { label: ComponentChildren, checked: boolean, onInput: (checked: boolean) => void }) {
  const id = useId()
  return <div class='check'><input id={id} type='checkbox' checked={checked} onInput={event => { onInput(event.currentTarget.checked) }} /><label for={id}>{label}</label></div>
}
