import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { useAction } from './action.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { TextField } from './field.tsx'
import { ProblemNote } from './states.tsx'

/** Asks before something is done; `typed` is a text that has to be typed first. Closes when the API took it. */
export function Confirm ({ title, verb, danger = false, typed, onClose, work, children }: {
  title: string, verb: string, danger?: boolean, typed?: string, onClose: () => void, work: () => Promise<void>, children: ComponentChildren
}) {
  const [text, setText] = useState('')
  const action = useAction()
  const ready = typed === undefined || text === typed
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={event => {
        event.preventDefault()
        if (ready) action.run(async () => { await work(); onClose() })
      }}
      >
        <div class='prose'>{children}</div>
        {typed !== undefined && <TextField label={`Type ${typed} to confirm`} value={text} onInput={setText} mono />}
        {action.problem !== null && <ProblemNote problem={action.problem} />}
        <footer><Button onClick={onClose}>Cancel</Button><Button type='submit' kind={danger ? 'danger' : 'primary'} busy={action.busy} disabled={!ready}>{verb}</Button></footer>
      </form>
    </Dialog>
  )
}
