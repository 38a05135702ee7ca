import { useEffect, useState } from 'preact/hooks'
import { Button } from './button.tsx'

export interface Paging { cursor: string | null, number: number, onward: (next: string) => void, back: () => void, first: () => void }

/** Pages of a list with cursors: those before are remembered. Another `key`, as of another filter, begins again. */
export function usePaging (key: string): Paging {
  const [state, setState] = useState<{ key: string, cursors: string[] }>({ key, cursors: [] })
  const cursors = state.key === key ? state.cursors : []
  useEffect(() => { setState(state => state.key === key ? state : { key, cursors: [] }) }, [key])
  return {
    cursor: cursors.at(-1) ?? null,
    number: cursors.length + 1,
    onward: next => { setState({ key, cursors: [...cursors, next] }) },
    back: () => { setState({ key, cursors: cursors.slice(0, -1) }) },
    first: () => { setState({ key, cursors: [] }) }
  }
}

export function Pager ({ paging, next, shown, size }: { paging: Paging, next: string | null, shown: number, size: number }) {
  if (paging.number === 1 && next === null) return null
  const from = (paging.number - 1) * size + 1
  return (
    <nav class='pager' aria-label='Pages'>
      <span class='muted'>{shown === 0 ? 'Nothing more' : `${from.toLocaleString()}–${(from + shown - 1).toLocaleString()}`}</span>
      <Button icon='chevron-left' disabled={paging.number === 1} onClick={() => { paging.back() }}>Previous</Button>
      <Button icon='chevron-right' disabled={next === null} onClick={() => { if (next !== null) paging.onward(next) }}>Next</Button>
    </nav>
  )
}
